"""Global SHAP values: what the values of all rows come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean_abs": np.abs,
    "mean_sq": np.square,
}
MEDIAN = "median"


@dataclass
class Aggregate:
    """The state of one method; only the median keeps the values of all rows."""

    method: str = "mean_abs"
    rows: int = 0
    total: np.ndarray | float = 0.0
    kept: list[np.ndarray] = field(default_factory=list)

    def update(self, values: np.ndarray) -> None:
        """Take in SHAP values, shape (rows, features, outputs)."""
        self.rows += len(values)
        if self.method == MEDIAN:
            self.kept.append(values)
        else:
            self.total = self.total + METHODS[self.method](values).sum(axis=0)

    def result(self) -> np.ndarray:
        """Shape (features, outputs)."""
        if self.method == MEDIAN:
            return np.median(np.concatenate(self.kept), axis=0)
        return np.asarray(self.total) / self.rows
