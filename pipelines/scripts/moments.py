"""Count, mean and deviation of numbers that come in parts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations: a state that takes chunks and merges (Chan, Golub, LeVeque 1983)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: np.ndarray) -> Moments:
        """The state of one chunk, NaN left out."""
        present = values[~np.isnan(values)]
        if not len(present):
            return cls()
        mean = float(present.mean())
        return cls(len(present), mean, float(np.square(present - mean).sum()))

    def merge(self, other: Moments) -> Moments:
        """The state of both together."""
        if not self.count or not other.count:
            return self if self.count else other
        count, delta = self.count + other.count, other.mean - self.mean
        mean = self.mean + delta * other.count / count
        squares = self.squares + other.squares + delta**2 * self.count * other.count / count
        return Moments(count, mean, squares)

    @property
    def scale(self) -> float:
        """The population standard deviation, or 1 for a column that does not vary."""
        deviation = math.sqrt(self.squares / self.count) if self.count else 0.0
        return deviation or 1.0
