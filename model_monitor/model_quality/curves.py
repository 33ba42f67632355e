"""Receiver operating characteristic and precision over recall, at the thresholds that Spark takes.

Spark's BinaryClassificationMetrics with 1,000 bins: each distinct score is a threshold, or, from 2,000 on, the last of
each group of equally many. https://spark.apache.org/docs/3.3.0/mllib-evaluation-metrics.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model_monitor.model_quality.folds import FOLDS

import numpy as np

BINS = 1000
#: How many rows' scores are kept, 9 bytes each; of more rows, a random share of each part.
MAX_SCORES = 1 << 24
_SEED = 0


class Scores:
    """The scores of the rows, with part and true class."""

    def __init__(self) -> None:
        self._scores: list[np.ndarray] = []
        self._codes: list[np.ndarray] = []
        self._kept, self.share = 0, 1.0
        self._random = np.random.default_rng(_SEED)

    @property
    def is_constant(self) -> bool:
        """Whether all rows have one score."""
        first = next((part[0] for part in self._scores if len(part)), None)
        return all((part == first).all() for part in self._scores)

    def update(self, scores: np.ndarray, truth: np.ndarray, folds: np.ndarray) -> None:
        """Take rows in: scores, true classes (0 or 1) and parts, each of shape (rows,)."""
        self._add(scores, (folds * 2 + truth).astype(np.uint8), 1.0)

    def merge(self, other: Scores) -> None:
        """Take in what another partition came to."""
        while self.share > other.share:
            self._thin()
        for scores, codes in zip(other._scores, other._codes, strict=True):
            self._add(scores, codes, other.share)

    def finish(self) -> Curves:
        """What the curves are drawn from: at each threshold, how many rows of each part score at least that."""
        scores, codes = (np.concatenate([np.empty(0), *parts]) for parts in (self._scores, self._codes))
        groups = [[np.sort(scores[codes == fold * 2 + truth]) for fold in FOLDS] for truth in (0, 1)]
        thresholds = _thresholds(np.concatenate([part for parts in groups for part in parts]))
        return Curves(*(np.array([_at_least(part, thresholds) for part in parts]) for parts in groups))

    def _add(self, scores: np.ndarray, codes: np.ndarray, share: float) -> None:
        if share > self.share:
            kept = self._random.random(len(scores)) < self.share / share
            scores, codes = scores[kept], codes[kept]
        self._scores.append(scores)
        self._codes.append(codes)
        self._kept += len(scores)
        while self._kept > MAX_SCORES:
            self._thin()

    def _thin(self) -> None:
        """Keep every other row, at random."""
        kept = [self._random.random(len(part)) < 0.5 for part in self._scores]
        self._scores = [part[mask] for part, mask in zip(self._scores, kept, strict=True)]
        self._codes = [part[mask] for part, mask in zip(self._codes, kept, strict=True)]
        self._kept, self.share = sum(map(len, self._scores)), self.share / 2


@dataclass(frozen=True)
class Curves:
    """Rows that score at least each threshold, from the highest on; of shape (parts, thresholds)."""

    negatives: np.ndarray
    positives: np.ndarray

    def of(self, folds: Sequence[int]) -> Points:
        """The curves of the rows in these parts."""
        return Points(self.negatives[list(folds)].sum(axis=0), self.positives[list(folds)].sum(axis=0))


class Points:
    """The curves' points. A rate without rows is 0, and precision without a prediction 1, as in Spark."""

    def __init__(self, negatives: np.ndarray, positives: np.ndarray):
        recalls, alarms = _shares(positives), _shares(negatives)
        precisions = np.divide(positives, positives + negatives, np.ones(len(recalls)), where=positives + negatives > 0)
        self.false_positive_rates = [0.0, *alarms.tolist(), 1.0]
        self.true_positive_rates = [0.0, *recalls.tolist(), 1.0]
        self.precisions = [*precisions[:1].tolist(), *precisions.tolist()]
        self.recalls = [0.0, *recalls.tolist()]

    @property
    def area_below_roc(self) -> float:
        """By the trapezoidal rule."""
        return _area(self.false_positive_rates, self.true_positive_rates)

    @property
    def area_below_precision_recall(self) -> float:
        """By the trapezoidal rule."""
        return _area(self.recalls, self.precisions)


def _thresholds(scores: np.ndarray) -> np.ndarray:
    """Descending."""
    distinct = np.unique(scores)[::-1]
    size = len(distinct) // BINS
    if size < 2:
        return distinct
    return np.append(distinct[size - 1 : -1 : size], distinct[-1])


def _at_least(ascending: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return len(ascending) - np.searchsorted(ascending, thresholds, "left")


def _shares(counts: np.ndarray) -> np.ndarray:
    total = counts[-1] if len(counts) else 0
    return counts / total if total else np.zeros(len(counts))


def _area(x: Sequence[float], y: Sequence[float]) -> float:
    return float(np.sum(np.diff(x) * (np.array(y[1:]) + np.array(y[:-1])) / 2))
