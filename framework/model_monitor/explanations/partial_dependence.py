"""Computes partial dependence: the mean prediction if a feature had the same value in all rows.

See Friedman (2001), https://doi.org/10.1214/aos/1013203451, section 8.2. The output has Clarify's form:
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-analysis-results.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.accumulators.values import numbers
from model_monitor.explanations.kernel_shap import SYNTHETIC_ROWS, Score
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.rows import Rows

import numpy as np
import pyarrow as pa

RESOLUTION, TOP_FEATURES = 15, 10
MAX_CATEGORIES = 1000


@dataclass
class Range:
    """Collects the range of a feature's values in a first pass through the rows, to choose the grid."""

    name: str
    is_numeric: bool = True
    least: float = np.inf
    largest: float = -np.inf
    strings: Counter[str] = field(default_factory=Counter)

    def update(self, column: pa.Array) -> None:
        """Add the feature's cells of some rows.

        Raises:
            MonitorError: there are too many distinct strings for a plot.
        """
        encoded = column.drop_null().dictionary_encode()
        values = numbers(encoded.dictionary)
        self.is_numeric &= not np.isnan(values).any()
        if self.is_numeric and len(values):
            self.least, self.largest = min(self.least, float(values.min())), max(self.largest, float(values.max()))
        if len(self.strings) <= MAX_CATEGORIES:
            self.strings.update(column.drop_null().to_pylist())
        if not self.is_numeric and len(self.strings) > MAX_CATEGORIES:
            raise MonitorError(f"pdp: feature {self.name!r} has over {MAX_CATEGORIES:,} distinct strings; leave it out")

    def grid(self, resolution: int) -> PartialDependence:
        """Return the values at which to compute the dependence: midpoints of equally wide buckets, or all strings."""
        if not self.is_numeric:
            return PartialDependence(self.name, "categorical", list(self.strings), list(self.strings), None)
        if not self.strings:
            raise MonitorError(f"pdp: feature {self.name!r} has no value in any row")
        if not np.isfinite(self.largest - self.least):
            raise MonitorError(f"pdp: feature {self.name!r} holds numbers that are infinite, or too far apart")
        edges = np.linspace(self.least, self.largest, resolution + 1)
        middles = ((edges[:-1] + edges[1:]) / 2).tolist() if self.largest > self.least else [self.least]
        return PartialDependence(self.name, "numerical", middles, [repr(value) for value in middles], edges)


@dataclass
class PartialDependence:
    """Accumulates, in a second pass, the predictions at each of a feature's values; ``cells`` are these as strings."""

    name: str
    data_type: str
    values: Sequence[Any]
    cells: Sequence[str]
    edges: np.ndarray | None
    rows: int = 0
    total: np.ndarray | float = 0.0
    shares: np.ndarray | float = 0.0

    def update(self, score: Score, rows: Rows, feature: int) -> None:
        """Add rows; ``feature`` is the number of the feature's column."""
        self.rows += len(rows)
        self.shares = self.shares + self._histogram(rows.column(feature))
        size = max(1, SYNTHETIC_ROWS // len(self.cells))
        for first in range(0, len(rows), size):
            self.total = self.total + self._predict(score, rows.slice(first, first + size), feature)

    def result(self, labels: Sequence[str]) -> dict[str, Any]:
        """Return the feature's part of analysis.json; ``labels`` name the model's outputs."""
        shares, total = np.asarray(self.shares), np.asarray(self.total)
        return {
            "feature_name": self.name,
            "data_type": self.data_type,
            "feature_values": list(self.values),
            "data_distribution": (shares / max(1.0, shares.sum())).tolist(),
            "model_predictions": (total / self.rows).T.tolist(),
            "label_headers": list(labels),
        }

    def _predict(self, score: Score, rows: Rows, feature: int) -> np.ndarray:
        """Return the predictions summed over the rows, shape (values, outputs)."""
        codes = np.tile(rows.codes, len(self.cells))
        codes[feature] = np.repeat(np.arange(len(self.cells), dtype=np.int32), len(rows))
        cells = list(rows.cells)
        cells[feature] = pa.array(self.cells, pa.string())
        scores = score(Rows(codes, cells))
        return scores.reshape(len(self.cells), len(rows), -1).sum(axis=1)

    def _histogram(self, column: pa.Array) -> np.ndarray:
        present = column.drop_null()
        if self.edges is None:
            counts = Counter(present.to_pylist())
            return np.array([counts[cell] for cell in self.cells], float)
        if len(self.values) == 1:
            return np.array([len(present)], float)
        return np.histogram(numbers(present), self.edges)[0].astype(float)
