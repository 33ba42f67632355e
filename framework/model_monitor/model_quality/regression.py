"""Metrics of a regression, with the formulas and the digits of Spark's RegressionMetrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from model_monitor.accumulators.arrays import plain
from model_monitor.accumulators.summarizer import Summarizer
from model_monitor.model_quality.folds import FOLDS, Metrics

import numpy as np
import pyarrow as pa


class Regression:
    """Sums over all rows, and over those of each part.

    Args:
        one_by_one: whether the dataset is small enough for the very digits.
    """

    def __init__(self, one_by_one: bool = True, **_: Any) -> None:
        self.whole = Sums(one_by_one)
        self.parts = [Sums(False) for _ in FOLDS]

    def update(self, columns: Mapping[str, pa.Array], folds: np.ndarray) -> None:
        """Take rows in.

        Args:
            columns: ``truth`` and ``predicted``, none missing.
            folds: the part of each row, of shape (rows,).
        """
        truth = plain(columns["truth"], "f8")
        errors = truth - plain(columns["predicted"], "f8")
        with np.errstate(over="ignore", invalid="ignore"):  # what is beyond any number is told at the end
            self.whole.update(truth, errors)
            for fold, part in zip(FOLDS, self.parts, strict=True):
                rows = folds == fold
                part.update(truth[rows], errors[rows])

    def merge(self, other: Regression) -> None:
        """Take in what another partition came to."""
        for part, others in zip((self.whole, *self.parts), (other.whole, *other.parts), strict=True):
            part.merge(others)

    def metrics(self, folds: Sequence[int] = FOLDS) -> Metrics:
        """mae, mse, rmse, r2 of the rows in these parts; r2 is None where the truth does not vary."""
        if len(folds) == len(FOLDS):
            return self.whole.metrics()
        sums = Sums(False)
        for fold in folds:
            sums.merge(self.parts[fold])
        return sums.metrics()

    def structures(self) -> dict[str, Any]:
        """What the statistics have beside metrics: nothing."""
        return {}

    def check(self) -> None:
        """Numbers can always be compared."""

    def notes(self) -> list[str]:
        """What a person should know."""
        return [] if self.whole.truth.spread else ["the ground truth is the same in all rows: r2 says nothing"]


class Sums:
    """Of the truth and of the errors of some rows."""

    def __init__(self, one_by_one: bool):
        self.truth, self.errors = Summarizer(one_by_one), Summarizer(one_by_one)

    def update(self, truth: np.ndarray, errors: np.ndarray) -> None:
        """Take rows in, of shape (rows,)."""
        self.truth.update(truth)
        self.errors.update(errors)

    def merge(self, other: Sums) -> None:
        """Take in what others came to."""
        self.truth.merge(other.truth)
        self.errors.merge(other.errors)

    def metrics(self) -> Metrics:
        """See ``Regression.metrics``."""
        rows = self.errors.count
        if not rows:
            return dict.fromkeys(("mae", "mse", "rmse", "r2"))
        norm = math.sqrt(self.errors.squared)
        squared = norm * norm  # as Spark squares the norm
        return {
            "mae": self.errors.absolute / rows,
            "mse": squared / rows,
            "rmse": math.sqrt(squared / rows),
            "r2": 1 - squared / self.truth.spread if self.truth.spread else None,
        }
