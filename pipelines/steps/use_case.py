"""Define what differs between use cases: the columns, the model, the gate, and what the checks measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.scripts.schema import BINARY, Schema

from sagemaker.core.workflow.parameters import ParameterFloat
from sagemaker.core.workflow.properties import PropertyFile

#: How many samples are enough by Kernel SHAP's own suggestion, in addition to two for each feature.
#: https://shap.readthedocs.io/en/latest/generated/shap.KernelExplainer.html
SHAP_SAMPLES = 2**11


@dataclass(frozen=True)
class LearningProblem:
    """Describes what the model learns, and what the checks of bias and explainability measure.

    Args:
        schema: the columns; if the label has classes, it is a classification.
        positive: the labels of the positive outcome, for bias: class numbers, or one threshold that they exceed.
        facets: feature -> the values, or one threshold, that select the rows that bias is measured for.
        baseline: rows of features that SHAP values compare each row with; by default one row of zeros, which is an
            average row, as numeric features are deviations.
    """

    schema: Schema
    positive: Sequence[Any]
    facets: Mapping[str, Sequence[Any]]
    baseline: Sequence[Sequence[float]] = ()

    @property
    def threshold(self) -> float | None:
        """The probability above which a prediction is positive; None if the model predicts no probabilities."""
        return self.schema.probability_threshold if self.schema.problem_type == BINARY else None

    @property
    def average_rows(self) -> list[list[float]]:
        """The rows that each row is compared with by SHAP values."""
        return [list(row) for row in self.baseline] or [[0.0] * len(self.schema.features)]

    @property
    def num_samples(self) -> int:
        """The samples of Kernel SHAP for a row: every coalition, which gives exact values, if these are few enough."""
        features = len(self.schema.features)
        return max(1, min(2**features - 2, 2 * features + SHAP_SAMPLES))  # a single feature has no coalition


#: The former name; CHANGELOG.md lists all of these.
Problem = LearningProblem


@dataclass(frozen=True)
class Gate:
    """Decides whether a model is registered, by comparing a number in evaluation.json with a parameter.

    Args:
        name: the metric's name, used in the condition's name and in the message if the model is rejected.
        path: the path of the number in evaluation.json.
        threshold: the parameter.
        is_error: whether the number may be at most the threshold; otherwise it has to be at least the threshold.
    """

    name: str
    path: str
    threshold: ParameterFloat
    is_error: bool = False

    @property
    def rejection_reason(self) -> str:
        """The part of a rejected model's message that comes between its number and the threshold."""
        return f"{'exceeds' if self.is_error else 'is below'} {self.threshold.name}"


def skill_of_at_least(share: float) -> Gate:
    """Return the gate for any problem: the model's error has to be smaller than the naive one by this share.

    The error is the squared error, or the log loss for classes. The naive prediction is the better of mean and median
    of the training labels, or the shares of their classes; see ``scripts.skill``.
    """
    return Gate("Skill", "skill.value", ParameterFloat("SkillThreshold", default_value=share))


@dataclass(frozen=True)
class UseCase:
    """A use case that trains the built-in XGBoost, from data to registration.

    Args:
        name: used in the names of steps, reports and folders.
        preprocess: module of the container script that splits and scales the data.
        problem: what the model learns.
        hyperparameters: those of the container, without the seed, which is a parameter.
        gate: decides whether the model is registered.
        evaluate: module of the container script that measures the model.
    """

    name: str
    preprocess: str
    problem: LearningProblem
    hyperparameters: Mapping[str, Any]
    gate: Gate
    evaluate: str = "pipelines.scripts.evaluate"
    evaluation: PropertyFile = field(init=False)

    def __post_init__(self) -> None:
        report = PropertyFile(f"{self.name}EvaluationReport", output_name="evaluation", path="evaluation.json")
        object.__setattr__(self, "evaluation", report)
