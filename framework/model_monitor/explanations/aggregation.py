"""Computes global SHAP values: aggregates of the values of all rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

AGGREGATION_METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean_abs": np.abs,
    "mean_sq": np.square,
}
MEDIAN = "median"


@dataclass
class Aggregate:
    """Accumulates SHAP values for one method; only the median stores the values of all rows."""

    method: str = "mean_abs"
    rows: int = 0
    total: np.ndarray | float = 0.0
    parts: list[np.ndarray] = field(default_factory=list)

    def update(self, values: np.ndarray) -> None:
        """Add SHAP values, shape (rows, features, outputs)."""
        self.rows += len(values)
        if self.method == MEDIAN:
            self.parts.append(values)
        else:
            self.total = self.total + AGGREGATION_METHODS[self.method](values).sum(axis=0)

    def result(self) -> np.ndarray:
        """Return the global values, shape (features, outputs)."""
        if self.method == MEDIAN:
            return np.median(np.concatenate(self.parts), axis=0)
        return np.asarray(self.total) / self.rows
