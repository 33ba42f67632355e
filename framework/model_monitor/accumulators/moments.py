"""Compute count, sum, mean, standard deviation, minimum and maximum, with exactly Spark's digits.

Spark adds one value after the other (Sum, CentralMomentAgg), and merges the results of its partitions in whatever
order they end. So every digit is Spark's if there is one partition; with more, the last digits of sum and deviation
differ from run to run in Spark itself, and a partition of more than ONE_BY_ONE_BYTES is added up in larger steps here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

ONE_BY_ONE_BYTES = 4 << 20


@dataclass
class Moments:
    """An accumulator that collects the moments of one numeric column.

    ``integer_sum`` is the exact sum of an integer column, as in Spark.
    """

    count: int = 0
    sum: float = 0.0
    integer_sum: int = 0
    mean: float = 0.0
    squared_deviations: float = 0.0
    min: float = math.inf
    max: float = -math.inf

    def update(self, values: np.ndarray, one_by_one: bool) -> None:
        """Add values, float64 of shape (n,).

        Args:
            values: in their order, none missing.
            one_by_one: whether to update mean and deviation after each value, as Spark does, or after all of them.
        """
        if not len(values):
            return
        with np.errstate(over="ignore"):  # a sum that is too large is infinite, as in Spark
            self.sum = float(np.add.accumulate(np.concatenate([[self.sum], values]))[-1])
        self.min = min(self.min, float(values.min()))
        self.max = max(self.max, float(values.max()))
        if one_by_one:
            self._add_each(values)
        else:
            mean = float(values.mean())
            self._add(len(values), mean, float(np.square(values - mean).sum()))

    def update_integers(self, values: np.ndarray) -> None:
        """Add integers, int64 of shape (n,), to the exact sum."""
        if len(values) and max(abs(int(values.min())), abs(int(values.max()))) * len(values) >= 2**63:
            self.integer_sum += sum(map(int, values))
        else:
            self.integer_sum += int(values.sum())

    def merge(self, moments: Moments) -> None:
        """Add the moments of other rows."""
        self.sum += moments.sum
        self.integer_sum += moments.integer_sum
        self.min, self.max = min(self.min, moments.min), max(self.max, moments.max)
        self._add(moments.count, moments.mean, moments.squared_deviations)

    @property
    def deviation(self) -> float:
        """The standard deviation of the population."""
        return math.sqrt(self.squared_deviations / self.count) if self.count else math.nan

    def _add_each(self, values: np.ndarray) -> None:
        count, mean, squared_deviations = self.count, self.mean, self.squared_deviations
        for value in values.tolist():
            count += 1
            delta = value - mean
            step = delta / count
            mean += step
            squared_deviations += delta * (delta - step)
        self.count, self.mean, self.squared_deviations = count, mean, squared_deviations

    def _add(self, count: int, mean: float, squared_deviations: float) -> None:
        total = self.count + count
        if not total:
            return
        delta = mean - self.mean
        step = delta / total
        self.squared_deviations += squared_deviations + delta * step * self.count * count
        self.mean += step * count
        self.count = total
