"""What is peculiar to a use case: its columns, its model, its gate, and what the checks look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.scripts.schema import BINARY, Schema

from sagemaker.core.workflow.parameters import ParameterFloat
from sagemaker.core.workflow.properties import PropertyFile

#: Kernel SHAP's own suggestion for how many samples are enough, beside two for each feature.
#: https://shap.readthedocs.io/en/latest/generated/shap.KernelExplainer.html
SAMPLES = 2**11


@dataclass(frozen=True)
class LearningProblem:
    """What is to be learnt, and what is asked of the model.

    Args:
        schema: the columns; the label's classes make it a classification.
        positive: the labels of the positive outcome, for bias: class numbers, or one threshold that they are above.
        facets: feature -> the values, or one threshold, of the part of the rows that bias is measured for.
        baseline: rows of features that SHAP values compare each row with; one of all zeros, an average row, where none
            is given. Numeric features are deviations.
    """

    schema: Schema
    positive: Sequence[Any]
    facets: Mapping[str, Sequence[Any]]
    baseline: Sequence[Sequence[float]] = ()

    @property
    def threshold(self) -> float | None:
        """Above it a probability is a positive prediction; None where the model gives none."""
        return self.schema.probability_threshold if self.schema.problem_type == BINARY else None

    @property
    def average_rows(self) -> list[list[float]]:
        """The rows that SHAP values compare with."""
        return [list(row) for row in self.baseline] or [[0.0] * len(self.schema.features)]

    @property
    def num_samples(self) -> int:
        """Of Kernel SHAP for a row: every coalition, which makes the values exact, where these are not too many."""
        features = len(self.schema.features)
        return max(1, min(2**features - 2, 2 * features + SAMPLES))  # of one feature there is no coalition


@dataclass(frozen=True)
class Gate:
    """What decides whether a model is registered: a number in evaluation.json, compared with a parameter.

    Args:
        name: the metric's, in the condition's name and in the message of a model that is rejected.
        path: the number's.
        threshold: the parameter.
        is_error: whether the number may be at most the threshold; else it has to be at least that.
    """

    name: str
    path: str
    threshold: ParameterFloat
    is_error: bool = False

    @property
    def refusal(self) -> str:
        """What is wrong with a rejected model's number, before the threshold."""
        return f"{'exceeds' if self.is_error else 'is below'} {self.threshold.name}"


def skill_of_at_least(share: float) -> Gate:
    """The gate for any problem: by this share the model's error has to be smaller than that of the naive prediction.

    The error is the squared error, or the log loss of classes. The naive prediction is the better of mean and median of
    the training labels, or the shares of their classes; see ``scripts.skill``.
    """
    return Gate("Skill", "skill.value", ParameterFloat("SkillThreshold", default_value=share))


@dataclass(frozen=True)
class UseCase:
    """A model of the built-in XGBoost, from data to registration.

    Args:
        name: what steps, reports and folders are called by.
        preprocess: module of the container script that splits and scales.
        problem: what is learnt.
        hyperparameters: the container's; the seed is a parameter.
        gate: what decides.
        evaluate: module of the container script that measures.
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
