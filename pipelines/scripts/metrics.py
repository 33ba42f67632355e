"""Measure predictions from chunks of labels and predictions: one pass, bounded memory.

METRICS_BY_PROBLEM has an entry for each problem type. The metrics of a classification are those of model quality, so
that evaluation, baseline and batch report the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from model_monitor.model_quality.binary import Binary
from model_monitor.model_quality.confusion import CONSTANT_SUFFIX, Multiclass
from pipelines.scripts.features import Featurizer
from pipelines.scripts.regression import Regression
from pipelines.scripts.schema import BINARY, MULTICLASS, REGRESSION

import numpy as np
import pyarrow as pa


class MetricAccumulator(Protocol):
    """Accumulates rows and reports their metrics."""

    def update(self, labels: np.ndarray, predictions: np.ndarray) -> None:
        """Add rows; both arrays have the shape (rows,)."""

    def report(self) -> dict[str, Any]:
        """Return metric -> ``{"value": ...}``; metrics that are not defined for these rows are left out."""


class ProblemMetrics(NamedTuple):
    """Belongs to one problem type: its member in evaluation.json, and a function that returns an empty accumulator."""

    member: str
    new_accumulator: Callable[[Featurizer], MetricAccumulator]


@dataclass
class Classification:
    """Accumulates labels and predictions in ``counts``."""

    counts: Any
    columns: Callable[[np.ndarray, np.ndarray], Mapping[str, pa.Array]]

    def update(self, labels: np.ndarray, predictions: np.ndarray) -> None:
        """Add rows: labels as class numbers, predictions as class numbers, or as probabilities of class 1."""
        self.counts.update(self.columns(labels, predictions), np.zeros(len(labels), dtype=np.int64))

    def report(self) -> dict[str, Any]:
        """Return the metrics of model quality, and the confusion matrix."""
        metrics = {
            name: {"value": value}
            for name, value in self.counts.metrics().items()
            if value is not None and math.isfinite(value) and not name.endswith(CONSTANT_SUFFIX)
        }
        return metrics | {"confusion_matrix": self.counts.structures()["confusion_matrix"]}


def _binary(featurizer: Featurizer) -> Classification:
    names = ("0", "1")
    return Classification(
        Binary(featurizer.schema.probability_threshold),
        lambda labels, scores: {"ground_truth": _classes(labels, names), "probability": pa.array(scores, pa.float64())},
    )


def _multiclass(featurizer: Featurizer) -> Classification:
    names = featurizer.schema.classes
    return Classification(
        Multiclass(),
        lambda labels, predictions: {
            "ground_truth": _classes(labels, names),
            "predicted": _classes(predictions, names),
        },
    )


def _classes(numbers: np.ndarray, names: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(names))


METRICS_BY_PROBLEM = {
    REGRESSION: ProblemMetrics("regression_metrics", lambda featurizer: Regression()),
    BINARY: ProblemMetrics("binary_classification_metrics", _binary),
    MULTICLASS: ProblemMetrics("multiclass_classification_metrics", _multiclass),
}
