"""Count, sum, mean, standard deviation, minimum and maximum, with the very digits that Spark computes.

Spark adds one value after the other (Sum, CentralMomentAgg), and merges what its partitions came to, in whatever order
they end. So every digit is Spark's where there is one partition; with more, the last digits of sum and deviation are
Spark's own accident, and a partition of more than ONE_BY_ONE_BYTES is added up in larger steps here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

ONE_BY_ONE_BYTES = 4 << 20


@dataclass
class Moments:
    """Of one numeric column. ``whole`` is the sum of the integers, exact, as Spark adds a column of them."""

    count: int = 0
    sum: float = 0.0
    whole: int = 0
    mean: float = 0.0
    squares: float = 0.0
    min: float = math.inf
    max: float = -math.inf

    def update(self, values: np.ndarray, one_by_one: bool) -> None:
        """Take values in, float64 of shape (n,).

        Args:
            values: in their order, none missing.
            one_by_one: whether each value updates the deviation, as inside of one partition of Spark's.
        """
        if not len(values):
            return
        with np.errstate(over="ignore"):  # it is infinite then, as in Spark
            self.sum = float(np.add.accumulate(np.concatenate([[self.sum], values]))[-1])
        self.min = min(self.min, float(values.min()))
        self.max = max(self.max, float(values.max()))
        if one_by_one:
            self._add_each(values)
        else:
            mean = float(values.mean())
            self._add(len(values), mean, float(np.square(values - mean).sum()))

    def update_whole(self, values: np.ndarray) -> None:
        """Take in the integers among the values, int64 of shape (n,)."""
        if len(values) and max(abs(int(values.min())), abs(int(values.max()))) * len(values) >= 2**63:
            self.whole += sum(map(int, values))
        else:
            self.whole += int(values.sum())

    def merge(self, other: Moments) -> None:
        """Take in what another has seen."""
        self.sum += other.sum
        self.whole += other.whole
        self.min, self.max = min(self.min, other.min), max(self.max, other.max)
        self._add(other.count, other.mean, other.squares)

    @property
    def deviation(self) -> float:
        """Of the population."""
        return math.sqrt(self.squares / self.count) if self.count else math.nan

    def _add_each(self, values: np.ndarray) -> None:
        count, mean, squares = self.count, self.mean, self.squares
        for value in values.tolist():
            count += 1
            delta = value - mean
            step = delta / count
            mean += step
            squares += delta * (delta - step)
        self.count, self.mean, self.squares = count, mean, squares

    def _add(self, count: int, mean: float, squares: float) -> None:
        total = self.count + count
        if not total:
            return
        delta = mean - self.mean
        step = delta / total
        self.squares += squares + delta * step * self.count * count
        self.mean += step * count
        self.count = total
