"""Test evaluation.json of real models: the metric of the skill, and the naive prediction that it is compared with."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

pytest.importorskip("xgboost")

from pipelines.scripts.container import InputError
from pipelines.scripts.evaluate import evaluate
from pipelines.scripts.preprocess import preprocess
from pipelines.scripts.schema import Schema

import numpy as np
import xgboost as xgb
from sklearn import metrics

RANDOM = np.random.default_rng(6)
X = RANDOM.normal(size=(600, 2)).round(3)


@pytest.fixture
def train_and_evaluate(tmp_path):
    """Return a function that trains with an objective and returns report, training labels, test labels and answers."""

    def run(labels, objective, classes=(), **parameters):
        schema = Schema("y", ("a", "b", "y"), classes=classes)
        lines = [f"{a},{b},{label}" for (a, b), label in zip(X, labels, strict=True)]
        (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
        preprocess(tmp_path / "rows.csv", tmp_path, 0, schema)
        train, test = (np.loadtxt(tmp_path / name / f"{name}.csv", delimiter=",") for name in ("train", "test"))
        matrix = xgb.DMatrix(train[:, 1:], label=train[:, 0])
        booster = xgb.train({"objective": objective, "max_depth": 3, **parameters}, matrix, 20)
        write_archive(tmp_path / "model.tar.gz", bytes(booster.save_raw("ubj")))
        report = evaluate(tmp_path, tmp_path / "test", tmp_path / "featurizer", tmp_path / "out")
        assert json.loads((tmp_path / "out" / "evaluation.json").read_text()) == report
        return report, train[:, 0], test[:, 0], booster.predict(xgb.DMatrix(test[:, 1:]))

    return run


def write_archive(path, content):
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))


def test_two_classes_are_judged_by_log_loss_against_their_shares(train_and_evaluate):
    labels = np.where(X[:, 0] + RANDOM.normal(size=600) > 1.5, "yes", "no")

    report, train, test, answers = train_and_evaluate(labels, "binary:logistic", ("no", "yes"))

    model_loss, naive_loss = metrics.log_loss(test, answers), metrics.log_loss(test, np.full(len(test), train.mean()))
    assert report["binary_classification_metrics"]["log_loss"]["value"] == pytest.approx(model_loss, rel=1e-5)
    assert report["skill"] == {"value": pytest.approx(1 - model_loss / naive_loss, rel=1e-4), "metric": "log_loss"}


@pytest.mark.parametrize("objective", ["multi:softmax", "multi:softprob"])
def test_a_multiclass_model_is_judged_by_its_probabilities(train_and_evaluate, objective):
    labels = np.array(["cat", "dog", "fish"])[np.digitize(X[:, 0] + RANDOM.normal(size=600) / 2, [-0.5, 0.5])]

    report, _, test, answers = train_and_evaluate(labels, objective, ("cat", "dog", "fish"), num_class=3)

    model_metrics = report["multiclass_classification_metrics"]
    predicted = answers if answers.ndim == 1 else answers.argmax(axis=1)
    assert model_metrics["accuracy"]["value"] == pytest.approx(metrics.accuracy_score(test, predicted))
    assert 0 < model_metrics["log_loss"]["value"] < 1
    if answers.ndim == 2:
        assert model_metrics["log_loss"]["value"] == pytest.approx(metrics.log_loss(test, answers), rel=1e-4)
    assert 0 < report["skill"]["value"] < 1


def test_a_regression_is_compared_with_the_better_of_mean_and_median(train_and_evaluate):
    labels = np.exp(2 * RANDOM.normal(size=600)).round(3)
    labels[:3] = 1e6  # they are in any split; the mean of the training rows may be absurd

    report, train, test, _ = train_and_evaluate(labels, "reg:squarederror")

    errors = {
        name: ((test - value) ** 2).mean() for name, value in {"mean": train.mean(), "median": np.median(train)}.items()
    }
    best = min(errors, key=errors.get)
    assert report["naive_baseline"]["statistic"] == best
    assert report["naive_baseline"]["regression_metrics"]["mse"]["value"] == pytest.approx(errors[best])


def test_an_absurd_label_does_not_give_skill(train_and_evaluate):
    labels = RANDOM.normal(10, 1, size=600).round(3)
    labels[RANDOM.integers(0, 600, 20)] = -1e6

    report, *_ = train_and_evaluate(labels, "reg:squarederror")

    assert report["regression_metrics"]["r2"]["value"] < 0.1
    assert report["skill"]["value"] < 0.1


def test_a_model_without_probabilities_is_refused(train_and_evaluate):
    labels = np.where(X[:, 0] > 0, "yes", "no")

    with pytest.raises(InputError, match="the model does not return probabilities"):
        train_and_evaluate(labels, "binary:logitraw", ("no", "yes"))
