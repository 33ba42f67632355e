"""Compute count, mean and deviation of numbers that come in chunks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations: an accumulator that can be merged (Chan, Golub, LeVeque 1983)."""

    count: int = 0
    mean: float = 0.0
    squared_deviations: float = 0.0

    @classmethod
    def of(cls, values: np.ndarray) -> Moments:
        """Return the moments of one chunk, without NaN."""
        present = values[~np.isnan(values)]
        if not len(present):
            return cls()
        mean = float(present.mean())
        return cls(len(present), mean, float(np.square(present - mean).sum()))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both together."""
        if not self.count or not other.count:
            return self if self.count else other
        count, delta = self.count + other.count, other.mean - self.mean
        mean = self.mean + delta * other.count / count
        squared_deviations = (
            self.squared_deviations + other.squared_deviations + delta**2 * self.count * other.count / count
        )
        return Moments(count, mean, squared_deviations)

    @property
    def scale(self) -> float:
        """The population standard deviation, or 1 for a column that does not vary."""
        deviation = math.sqrt(self.squared_deviations / self.count) if self.count else 0.0
        return deviation or 1.0
