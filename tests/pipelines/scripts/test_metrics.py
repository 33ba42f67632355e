"""Test metrics of classifications against scikit-learn, in chunks, and skill against the naive prediction."""

from __future__ import annotations

from pipelines.scripts.container import InputError
from pipelines.scripts.features import Featurizer
from pipelines.scripts.metrics import METRICS_BY_PROBLEM
from pipelines.scripts.schema import Schema
from pipelines.scripts.skill import LogLoss, skill

import numpy as np
import pytest
from sklearn import metrics

GENERATOR = np.random.default_rng(3)
ANIMALS = ("cat", "dog", "fish")


def accumulator_of(classes, threshold=0.5):
    schema = Schema("y", ("a", "y"), classes=classes, probability_threshold=threshold)
    problem = METRICS_BY_PROBLEM[schema.problem_type]
    return problem, problem.new_accumulator(Featurizer(schema, {}, 0.0, 0))


def report(accumulator, labels, predictions):
    for numbers in np.array_split(np.arange(len(labels)), 7):
        accumulator.update(labels[numbers], predictions[numbers])
    return accumulator.report()


@pytest.mark.parametrize("threshold", [0.5, 0.2])
def test_binary_metrics_equal_those_of_scikit_learn(threshold):
    labels = GENERATOR.integers(0, 2, 2000).astype(float)
    scores = np.clip(labels * 0.3 + GENERATOR.random(2000) * 0.7, 0, 1)
    problem, accumulator = accumulator_of(("no", "yes"), threshold)

    metric_values = report(accumulator, labels, scores)

    answers = scores > threshold
    assert problem.member == "binary_classification_metrics"
    assert metric_values["accuracy"]["value"] == pytest.approx(metrics.accuracy_score(labels, answers))
    assert metric_values["f1"]["value"] == pytest.approx(metrics.f1_score(labels, answers))
    assert metric_values["auc"]["value"] == pytest.approx(metrics.roc_auc_score(labels, scores), abs=1e-4)  # 1000 bins
    assert metric_values["confusion_matrix"]["1"]["0"] == int((labels.astype(bool) & ~answers).sum())


def test_multiclass_metrics_equal_those_of_scikit_learn():
    labels = GENERATOR.integers(0, 3, 900).astype(float)
    predicted = np.where(GENERATOR.random(900) < 0.7, labels, GENERATOR.integers(0, 3, 900)).astype(float)
    problem, accumulator = accumulator_of(ANIMALS)

    metric_values = report(accumulator, labels, predicted)

    assert problem.member == "multiclass_classification_metrics"
    assert metric_values["accuracy"]["value"] == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert metric_values["weighted_f1"]["value"] == pytest.approx(
        metrics.f1_score(labels, predicted, average="weighted")
    )
    assert metric_values["confusion_matrix"].keys() == set(ANIMALS)


def test_skill_is_the_avoided_share_of_the_naive_error():
    assert skill(2.0, 8.0, "mse") == {"value": pytest.approx(0.75), "metric": "mse"}
    assert skill(8.0, 8.0, "mse", r2=0.1)["value"] == 0


def test_a_regression_worse_than_the_test_rows_mean_has_no_skill():
    assert skill(3.0, 100.0, "mse", r2=-1.4e9)["value"] == -1.4e9


def test_skill_is_undefined_if_the_naive_prediction_is_always_right():
    with pytest.raises(InputError, match="the same in all rows of the test set"):
        skill(0.0, 0.0, "mse")


def test_log_loss_equals_that_of_scikit_learn_for_model_and_training_shares():
    labels = GENERATOR.integers(0, 3, 500).astype(float)
    probabilities = GENERATOR.dirichlet(np.ones(3), 500)
    loss = LogLoss((50, 30, 20))

    for rows in np.array_split(np.arange(500), 7):
        loss.update(labels[rows], probabilities[rows])

    assert loss.model.mean == pytest.approx(metrics.log_loss(labels, probabilities))
    assert loss.naive.mean == pytest.approx(metrics.log_loss(labels, [[0.5, 0.3, 0.2]] * 500))


def test_a_confident_wrong_prediction_has_large_but_finite_loss():
    loss = LogLoss((1, 1))

    loss.update(np.array([1.0]), np.array([[1.0, 0.0]]))

    assert 30 < loss.model.mean < 40
