"""Metrics of classifications against scikit-learn, in pieces; and skill against the naive prediction."""

from __future__ import annotations

from pipelines.scripts.container import InputError
from pipelines.scripts.features import Featurizer
from pipelines.scripts.metrics import PROBLEMS, skill
from pipelines.scripts.schema import Schema

import numpy as np
import pytest
from sklearn import metrics

GENERATOR = np.random.default_rng(3)
KINDS = ("cat", "dog", "fish")


def state(classes, threshold=0.5):
    schema = Schema("y", ("a", "y"), classes=classes, probability_threshold=threshold)
    problem = PROBLEMS[schema.problem_type]
    return problem, problem.measured(Featurizer(schema, {}, 0.0, 0))


def report(measured, labels, predictions):
    for numbers in np.array_split(np.arange(len(labels)), 7):
        measured.update(labels[numbers], predictions[numbers])
    return measured.report()


@pytest.mark.parametrize("threshold", [0.5, 0.2])
def test_a_binary_problem_has_the_metrics_of_scikit_learn_and_auc_is_of_the_scores(threshold):
    labels = GENERATOR.integers(0, 2, 2000).astype(float)
    scores = np.clip(labels * 0.3 + GENERATOR.random(2000) * 0.7, 0, 1)
    problem, measured = state(("no", "yes"), threshold)

    found = report(measured, labels, scores)

    answers = scores > threshold
    assert problem.member == "binary_classification_metrics"
    assert found["accuracy"]["value"] == pytest.approx(metrics.accuracy_score(labels, answers))
    assert found["f1"]["value"] == pytest.approx(metrics.f1_score(labels, answers))
    assert found["auc"]["value"] == pytest.approx(metrics.roc_auc_score(labels, scores), abs=1e-4)  # 1000 bins
    assert found["confusion_matrix"]["1"]["0"] == int((labels.astype(bool) & ~answers).sum())


def test_several_classes_have_the_metrics_of_scikit_learn_and_their_names():
    labels = GENERATOR.integers(0, 3, 900).astype(float)
    predicted = np.where(GENERATOR.random(900) < 0.7, labels, GENERATOR.integers(0, 3, 900)).astype(float)
    problem, measured = state(KINDS)

    found = report(measured, labels, predicted)

    assert problem.member == "multiclass_classification_metrics"
    assert found["accuracy"]["value"] == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert found["weighted_f1"]["value"] == pytest.approx(metrics.f1_score(labels, predicted, average="weighted"))
    assert found["confusion_matrix"].keys() == set(KINDS)


def test_skill_is_one_less_the_share_of_errors_that_are_left():
    problem, measured = state(("no", "yes"))
    labels = np.array([1.0] * 6 + [0.0] * 4)
    model, naive = ({"accuracy": {"value": value}} for value in (0.9, 0.6))

    assert skill(problem, model, naive) == {"value": pytest.approx(0.75), "metric": "accuracy"}
    assert skill(problem, naive, naive)["value"] == 0
    assert report(measured, labels, np.ones(10))["accuracy"]["value"] == 0.6


def test_where_the_naive_prediction_is_always_right_nothing_can_be_said():
    problem, _ = state(())

    with pytest.raises(InputError, match="the same in all rows of the test set"):
        skill(problem, {"mse": {"value": 0.0}}, {"mse": {"value": 0.0}})
