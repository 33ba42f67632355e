"""Metrics of a regression, from chunks of labels and predictions: one pass, bounded memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pipelines.scripts.moments import Moments

import numpy as np


@dataclass
class Regression:
    """Labels and predictions seen so far."""

    residuals: Moments = field(default_factory=Moments)
    absolute: Moments = field(default_factory=Moments)
    squared: Moments = field(default_factory=Moments)
    labels: Moments = field(default_factory=Moments)

    def update(self, labels: np.ndarray, predictions: np.ndarray) -> None:
        """Take rows in; both of shape (rows,), in the label's unit."""
        residuals = labels - predictions
        self.residuals = self.residuals.merge(Moments.of(residuals))
        self.absolute = self.absolute.merge(Moments.of(np.abs(residuals)))
        self.squared = self.squared.merge(Moments.of(np.square(residuals)))
        self.labels = self.labels.merge(Moments.of(labels))

    def report(self) -> dict[str, dict[str, float]]:
        """mse with the standard deviation of the residuals (as the ModelBuild template has it), rmse, mae, r2.

        r2 is left out where the labels do not vary, as it is not defined there.
        """
        metrics = {
            "mse": {"value": self.squared.mean, "standard_deviation": _deviation(self.residuals)},
            "rmse": {"value": math.sqrt(self.squared.mean)},
            "mae": {"value": self.absolute.mean},
        }
        if self.labels.squares:
            metrics["r2"] = {"value": 1 - self.squared.mean * self.squared.count / self.labels.squares}
        return metrics


def _deviation(moments: Moments) -> float:
    return math.sqrt(moments.squares / moments.count)
