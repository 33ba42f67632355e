"""How good predictions are, from chunks of labels and predictions: one pass, bounded memory.

A problem is a row of PROBLEMS; the metrics of a classification are those of model quality, so that evaluation,
baseline and batch speak of the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from model_monitor.model_quality.binary import Binary
from model_monitor.model_quality.confusion import CONSTANT, Multiclass
from pipelines.scripts.features import Featurizer
from pipelines.scripts.regression import Regression
from pipelines.scripts.schema import BINARY, MULTICLASS, REGRESSION

import numpy as np
import pyarrow as pa


class MetricAccumulator(Protocol):
    """What is kept of the rows while they go by."""

    def update(self, labels: np.ndarray, predictions: np.ndarray) -> None:
        """Take rows in; both of shape (rows,)."""

    def report(self) -> dict[str, Any]:
        """Metric -> ``{"value": ...}``; those that are not defined for these rows are left out."""


class ProblemMetrics(NamedTuple):
    """One type: its member in evaluation.json, and what is kept of the rows."""

    member: str
    measured: Callable[[Featurizer], MetricAccumulator]


@dataclass
class Classification:
    """Labels and predictions seen so far; ``state`` counts them."""

    state: Any
    columns: Callable[[np.ndarray, np.ndarray], Mapping[str, pa.Array]]

    def update(self, labels: np.ndarray, predictions: np.ndarray) -> None:
        """Take rows in: labels as class numbers, predictions as class numbers, or as probabilities of class 1."""
        self.state.update(self.columns(labels, predictions), np.zeros(len(labels), dtype=np.int64))

    def report(self) -> dict[str, Any]:
        """The metrics of model quality, and the confusion matrix."""
        metrics = {
            name: {"value": value}
            for name, value in self.state.metrics().items()
            if value is not None and math.isfinite(value) and not name.endswith(CONSTANT)
        }
        return metrics | {"confusion_matrix": self.state.structures()["confusion_matrix"]}


def _binary(featurizer: Featurizer) -> Classification:
    names = ("0", "1")
    return Classification(
        Binary(featurizer.schema.probability_threshold),
        lambda labels, scores: {"truth": _classes(labels, names), "probability": pa.array(scores, pa.float64())},
    )


def _multiclass(featurizer: Featurizer) -> Classification:
    names = featurizer.schema.classes
    return Classification(
        Multiclass(), lambda labels, found: {"truth": _classes(labels, names), "predicted": _classes(found, names)}
    )


def _classes(numbers: np.ndarray, names: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(names))


METRICS_BY_PROBLEM = {
    REGRESSION: ProblemMetrics("regression_metrics", lambda featurizer: Regression()),
    BINARY: ProblemMetrics("binary_classification_metrics", _binary),
    MULTICLASS: ProblemMetrics("multiclass_classification_metrics", _multiclass),
}
