"""Compute sums, norms and variance of a column with exactly the digits of Spark's MultivariateOnlineSummarizer.

Values are added one after the other, and zeros are only counted. With one partition every digit is Spark's; with
more, the last digits depend, in Spark too, on how the rows were spread, and are left to NumPy.
"""

from __future__ import annotations

import numpy as np


class Summarizer:
    """An accumulator that summarizes one column.

    ``absolute`` and ``squared`` are sums; ``one_by_one``: whether the last digits matter.
    """

    def __init__(self, one_by_one: bool = True):
        self.count = self.filled = 0
        self.absolute = self.squared = self._mean = self._spread = 0.0
        self._one_by_one = one_by_one

    def update(self, values: np.ndarray) -> None:
        """Add values, float64 of shape (n,)."""
        self.count += len(values)
        if self._one_by_one:
            self.absolute = _add_in_order(self.absolute, np.abs(values))
            self.squared = _add_in_order(self.squared, np.square(values))
            self._add_each(values[values != 0.0])
        elif len(values):
            self.absolute += float(np.abs(values).sum())
            self.squared += float(np.square(values).sum())
            mean = float(values.mean())
            self._add(len(values), mean, float(np.square(values - mean).sum()))

    def merge(self, summary: Summarizer) -> None:
        """Add the summary of other rows."""
        self.count += summary.count
        self.absolute += summary.absolute
        self.squared += summary.squared
        self._add(summary.filled, summary._mean, summary._spread)

    @property
    def spread(self) -> float:
        """The sum of the squared distances from the mean."""
        if self.count < 2:
            return 0.0
        zeros = self._mean * self._mean * self.filled * (self.count - self.filled) / self.count
        return max((self._spread + zeros) / (self.count - 1), 0.0) * (self.count - 1)

    def _add_each(self, values: np.ndarray) -> None:
        filled, mean, spread = self.filled, self._mean, self._spread
        for value in values.tolist():
            filled += 1
            delta = value - mean
            mean += delta / filled
            spread += (value - mean) * delta
        self.filled, self._mean, self._spread = filled, mean, spread

    def _add(self, count: int, mean: float, spread: float) -> None:
        total = self.filled + count
        if not total:
            return
        delta = mean - self._mean
        self._spread += spread + delta * delta * self.filled * count / total
        self._mean += delta * count / total
        self.filled = total


def _add_in_order(total: float, values: np.ndarray) -> float:
    """Add one value after the other: NumPy's own sum adds in another order."""
    return float(np.add.accumulate(np.concatenate([[total], values]))[-1])
