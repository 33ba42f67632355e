"""The problem types: what is counted for each, and the order in which the analyzer writes and checks its metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from model_monitor.model_quality.attributes import BINARY, MULTICLASS, REGRESSION
from model_monitor.model_quality.binary import Binary
from model_monitor.model_quality.confusion import BETAS, CONSTANT, Multiclass
from model_monitor.model_quality.folds import FOLDS, Metrics
from model_monitor.model_quality.regression import Regression

import numpy as np
import pyarrow as pa

HIGHER_IS_WORSE, LOWER_IS_WORSE = OPERATORS = ("GreaterThanThreshold", "LessThanThreshold")
_ERRORS = ("mae", "mse", "rmse", "false_positive_rate", "false_negative_rate")


class MetricAccumulator(Protocol):
    """What is kept of the rows while they go by."""

    def update(self, columns: Mapping[str, pa.Array], folds: np.ndarray) -> None:
        """Take rows in: columns by role, and the part of each row."""

    def merge(self, other: Any) -> None:
        """Take in what another partition came to."""

    def check(self) -> None:
        """Raise MonitorError where truths and predictions cannot be compared."""

    def metrics(self, folds: Sequence[int] = FOLDS) -> Metrics:
        """Of the rows in these parts."""

    def structures(self) -> dict[str, Any]:
        """What the statistics have beside metrics."""

    def notes(self) -> list[str]:
        """What a person should know."""


class ProblemType(NamedTuple):
    """One type.

    ``name`` begins the members of the documents. ``written`` is what the statistics have, ``checked`` the metrics that
    constraints hold, both in the analyzer's order. ``reported`` is the order in which violations are listed.
    """

    name: str
    state: Callable[..., MetricAccumulator]
    written: Sequence[str]
    checked: Sequence[str]
    reported: Sequence[str]

    @property
    def member(self) -> str:
        """Of constraints.json."""
        return f"{self.name}_constraints"


_CLASSES = ("recall", "precision", "accuracy")
_RATES = ("true_positive_rate", "true_negative_rate", "false_positive_rate", "false_negative_rate")
_WEIGHTED = ("accuracy", "weighted_recall", "weighted_precision", *(f"weighted_{f}" for f in BETAS))
_ERROR_SIZES = ("mae", "mse", "rmse", "r2")


def _constant(names: Sequence[str]) -> list[str]:
    return [f"{name}{CONSTANT}" for name in names]


PROBLEM_TYPES_BY_NAME = {
    REGRESSION: ProblemType("regression", Regression, _ERROR_SIZES, _ERROR_SIZES, _ERROR_SIZES),
    BINARY: ProblemType(
        "binary_classification",
        Binary,
        (
            "confusion_matrix", *_CLASSES, *_constant(_CLASSES), *_RATES, "receiver_operating_characteristic_curve",
            "precision_recall_curve", "auc", "au_prc", *BETAS, *_constant(list(BETAS)),
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
        ("confusion_matrix", *_WEIGHTED, *_constant(_WEIGHTED)),
        _WEIGHTED,
        ("weighted_f2", "accuracy", "weighted_recall", "weighted_precision", "weighted_f1"),
    ),
}  # fmt: skip


def operator(metric: str) -> str:
    """In which direction a metric is worse."""
    return HIGHER_IS_WORSE if metric in _ERRORS else LOWER_IS_WORSE
