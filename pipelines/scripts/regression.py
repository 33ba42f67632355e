"""Compute the metrics of a regression from chunks of labels and predictions: one pass, bounded memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pipelines.scripts.moments import Moments

import numpy as np


@dataclass
class Regression:
    """Accumulates labels and predictions."""

    residuals: Moments = field(default_factory=Moments)
    absolute: Moments = field(default_factory=Moments)
    squared: Moments = field(default_factory=Moments)
    labels: Moments = field(default_factory=Moments)

    def update(self, labels: np.ndarray, predictions: np.ndarray) -> None:
        """Add rows; both arrays have the shape (rows,) and the label's unit."""
        residuals = labels - predictions
        self.residuals = self.residuals.merge(Moments.of(residuals))
        self.absolute = self.absolute.merge(Moments.of(np.abs(residuals)))
        self.squared = self.squared.merge(Moments.of(np.square(residuals)))
        self.labels = self.labels.merge(Moments.of(labels))

    def report(self) -> dict[str, dict[str, float]]:
        """Return mse with the standard deviation of the residuals (as the ModelBuild template has it), rmse, mae, r2.

        r2 is left out if the labels do not vary, as it is not defined then.
        """
        metrics = {
            "mse": {"value": self.squared.mean, "standard_deviation": _deviation(self.residuals)},
            "rmse": {"value": math.sqrt(self.squared.mean)},
            "mae": {"value": self.absolute.mean},
        }
        if self.labels.squared_deviations:
            metrics["r2"] = {"value": 1 - self.squared.mean * self.squared.count / self.labels.squared_deviations}
        return metrics


def _deviation(moments: Moments) -> float:
    return math.sqrt(moments.squared_deviations / moments.count)
