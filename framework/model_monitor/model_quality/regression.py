"""Compute metrics of a regression, with the formulas and the digits of Spark's RegressionMetrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from model_monitor.accumulators.arrays import to_numpy
from model_monitor.accumulators.summarizer import Summarizer
from model_monitor.model_quality.folds import FOLDS, Metrics

import numpy as np
import pyarrow as pa


class Regression:
    """An accumulator that sums over all rows, and over those of each fold.

    Args:
        one_by_one: whether the dataset is small enough to compute exactly Spark's digits.
    """

    def __init__(self, one_by_one: bool = True, **_: Any) -> None:
        self.total = Sums(one_by_one)
        self.parts = [Sums(False) for _ in FOLDS]

    def update(self, columns: Mapping[str, pa.Array], folds: np.ndarray) -> None:
        """Add rows.

        Args:
            columns: ``ground_truth`` and ``predicted``, none missing.
            folds: the fold of each row, of shape (rows,).
        """
        ground_truth = to_numpy(columns["ground_truth"], "f8")
        errors = ground_truth - to_numpy(columns["predicted"], "f8")
        with np.errstate(over="ignore", invalid="ignore"):  # an infinite sum is reported at the end
            self.total.update(ground_truth, errors)
            for fold, part in zip(FOLDS, self.parts, strict=True):
                rows = folds == fold
                part.update(ground_truth[rows], errors[rows])

    def merge(self, later: Regression) -> None:
        """Add the sums of another partition."""
        for part, later_part in zip((self.total, *self.parts), (later.total, *later.parts), strict=True):
            part.merge(later_part)

    def metrics(self, folds: Sequence[int] = FOLDS) -> Metrics:
        """Return mae, mse, rmse, r2 of the rows in these folds; r2 is None if the ground truth does not vary."""
        if len(folds) == len(FOLDS):
            return self.total.metrics()
        sums = Sums(False)
        for fold in folds:
            sums.merge(self.parts[fold])
        return sums.metrics()

    def structures(self) -> dict[str, Any]:
        """Return the members of the statistics that are not metrics: none."""
        return {}

    def check(self) -> None:
        """Accept everything: numbers can always be compared."""

    def notes(self) -> list[str]:
        """Return notes for the user."""
        return [] if self.total.ground_truth.spread else ["the ground truth is the same in all rows: r2 is meaningless"]


class Sums:
    """An accumulator that sums the ground truth and the errors of some rows."""

    def __init__(self, one_by_one: bool):
        self.ground_truth, self.errors = Summarizer(one_by_one), Summarizer(one_by_one)

    def update(self, ground_truth: np.ndarray, errors: np.ndarray) -> None:
        """Add rows, of shape (rows,)."""
        self.ground_truth.update(ground_truth)
        self.errors.update(errors)

    def merge(self, later: Sums) -> None:
        """Add the sums of other rows."""
        self.ground_truth.merge(later.ground_truth)
        self.errors.merge(later.errors)

    def metrics(self) -> Metrics:
        """Return the metrics; see ``Regression.metrics``."""
        rows = self.errors.count
        if not rows:
            return dict.fromkeys(("mae", "mse", "rmse", "r2"))
        norm = math.sqrt(self.errors.squared)
        squared = norm * norm  # as Spark squares the norm
        return {
            "mae": self.errors.absolute / rows,
            "mse": squared / rows,
            "rmse": math.sqrt(squared / rows),
            "r2": 1 - squared / self.ground_truth.spread if self.ground_truth.spread else None,
        }
