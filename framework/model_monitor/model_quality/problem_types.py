"""List the problem types: their accumulators, and the order in which the analyzer writes and checks metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from model_monitor.model_quality.attributes import BINARY, MULTICLASS, REGRESSION
from model_monitor.model_quality.binary import Binary
from model_monitor.model_quality.confusion import BETAS, CONSTANT_SUFFIX, Multiclass
from model_monitor.model_quality.folds import FOLDS, Metrics
from model_monitor.model_quality.regression import Regression

import numpy as np
import pyarrow as pa

HIGHER_IS_WORSE, LOWER_IS_WORSE = OPERATORS = ("GreaterThanThreshold", "LessThanThreshold")
_ERROR_METRICS = ("mae", "mse", "rmse", "false_positive_rate", "false_negative_rate")


class MetricAccumulator(Protocol):
    """An accumulator that collects what a problem type needs of the rows while they are read."""

    def update(self, columns: Mapping[str, pa.Array], folds: np.ndarray) -> None:
        """Add rows: columns by role, and the fold of each row."""

    def merge(self, later: Any) -> None:
        """Add the accumulator of another partition."""

    def check(self) -> None:
        """Raise MonitorError if ground truth and predictions cannot be compared."""

    def metrics(self, folds: Sequence[int] = FOLDS) -> Metrics:
        """Return the metrics of the rows in these folds."""

    def structures(self) -> dict[str, Any]:
        """Return the members of the statistics that are not metrics."""

    def notes(self) -> list[str]:
        """Return notes for the user."""


class ProblemType(NamedTuple):
    """A problem type, whose ``name`` begins the members of the documents.

    ``statistics`` are the members of the statistics, ``constrained`` the metrics that have constraints, both in the
    analyzer's order. ``violation_order`` is the order of the listed violations.
    """

    name: str
    accumulator: Callable[..., MetricAccumulator]
    statistics: Sequence[str]
    constrained: Sequence[str]
    violation_order: Sequence[str]

    @property
    def member(self) -> str:
        """The member that constraints.json has for this type."""
        return f"{self.name}_constraints"


_CLASSES = ("recall", "precision", "accuracy")
_RATES = ("true_positive_rate", "true_negative_rate", "false_positive_rate", "false_negative_rate")
_WEIGHTED = ("accuracy", "weighted_recall", "weighted_precision", *(f"weighted_{f}" for f in BETAS))
_ERROR_SIZES = ("mae", "mse", "rmse", "r2")


def _constant_metrics(names: Sequence[str]) -> list[str]:
    return [f"{name}{CONSTANT_SUFFIX}" for name in names]


PROBLEM_TYPES_BY_NAME = {
    REGRESSION: ProblemType("regression", Regression, _ERROR_SIZES, _ERROR_SIZES, _ERROR_SIZES),
    BINARY: ProblemType(
        "binary_classification",
        Binary,
        (
            "confusion_matrix", *_CLASSES, *_constant_metrics(_CLASSES), *_RATES,
            "receiver_operating_characteristic_curve", "precision_recall_curve", "auc", "au_prc",
            *BETAS, *_constant_metrics(list(BETAS)),
        ),
        (*_CLASSES, *_RATES, "auc", *BETAS),
        (
            "auc", "precision", "true_positive_rate", "f1", "accuracy", "false_positive_rate", "true_negative_rate",
            "false_negative_rate", "recall", "f2",
        ),
    ),
    MULTICLASS: ProblemType(
        "multiclass_classification",
        Multiclass,
        ("confusion_matrix", *_WEIGHTED, *_constant_metrics(_WEIGHTED)),
        _WEIGHTED,
        ("weighted_f2", "accuracy", "weighted_recall", "weighted_precision", "weighted_f1"),
    ),
}  # fmt: skip


def worse_operator(metric: str) -> str:
    """Return the operator of the direction in which a metric gets worse."""
    return HIGHER_IS_WORSE if metric in _ERROR_METRICS else LOWER_IS_WORSE
