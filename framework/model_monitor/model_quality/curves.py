"""Compute the receiver operating characteristic and precision over recall, at the thresholds that Spark uses.

Spark's BinaryClassificationMetrics with 1,000 bins: each distinct score is a threshold, or, from 2,000 on, the last of
each group of equally many. https://spark.apache.org/docs/3.3.0/mllib-evaluation-metrics.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from model_monitor.model_quality.folds import FOLDS

import numpy as np

BINS = 1000
#: How many scores are stored, 4 or 8 bytes each; of more rows, a random share of each fold is stored.
MAX_SCORES = 1 << 24
PIECES = 8
_SEED = 0


class Scores:
    """An accumulator that keeps the scores of the rows, by fold and true class.

    Args:
        one_by_one: whether the dataset is small enough for the last digits to matter; the scores of a larger one are
            stored as 32-bit floats, which is what models return.
    """

    def __init__(self, one_by_one: bool = True) -> None:
        self._dtype = np.float64 if one_by_one else np.float32
        self._groups: list[list[np.ndarray]] = [[] for _ in range(2 * len(FOLDS))]
        self._stored, self.share = 0, 1.0
        self._random = np.random.default_rng(_SEED)

    @property
    def is_constant(self) -> bool:
        """Whether all rows have the same score."""
        parts = [part for group in self._groups for part in group if len(part)]
        return all((part == parts[0][0]).all() for part in parts)

    def update(self, scores: np.ndarray, ground_truth: np.ndarray, folds: np.ndarray) -> None:
        """Add rows: scores, true classes (0 or 1) and folds, each of shape (rows,)."""
        codes, scores = (folds * 2 + ground_truth).astype(np.uint8), scores.astype(self._dtype, copy=False)
        self._add_groups([[scores[codes == number]] for number in range(len(self._groups))])

    def merge(self, later: Scores) -> None:
        """Add the scores of another partition; if the stored shares differ, reduce the larger one to the smaller."""
        while self.share > later.share:
            self._thin()
        groups = later._groups if later.share == self.share else self._sample(later._groups, self.share / later.share)
        self._add_groups(groups)

    def finish(self) -> Curves:
        """Return the data of the curves: at each threshold, how many rows of each fold score at least that."""
        with ThreadPoolExecutor() as pool:
            ordered = list(pool.map(_sort_scores, self._groups))
            thresholds = _thresholds(np.concatenate(list(pool.map(_distinct_scores, _pieces(ordered)))))
        counts = [_count_at_least(group, thresholds) for group in ordered]
        return Curves(np.array(counts[0::2]), np.array(counts[1::2]))

    def _add_groups(self, groups: list[list[np.ndarray]]) -> None:
        for own, added in zip(self._groups, groups, strict=True):
            own += added
        self._stored += _size(groups)
        while self._stored > MAX_SCORES:
            self._thin()

    def _thin(self) -> None:
        self._groups, self.share = self._sample(self._groups, 0.5), self.share / 2
        self._stored = _size(self._groups)

    def _sample(self, groups: list[list[np.ndarray]], share: float) -> list[list[np.ndarray]]:
        """Return a random share of the rows."""
        return [[part[self._random.random(len(part)) < share] for part in group] for group in groups]


def _size(groups: list[list[np.ndarray]]) -> int:
    return sum(len(part) for group in groups for part in group)


def _sort_scores(group: list[np.ndarray]) -> np.ndarray:
    values = np.concatenate([np.empty(0, np.float32), *group])
    values.sort()
    return values


def _distinct_scores(values: np.ndarray) -> np.ndarray:
    values.sort()
    return values[np.append(True, values[1:] != values[:-1])] if len(values) else values


def _pieces(ordered: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield all values in pieces that can be sorted at the same time.

    No value of a piece is in the one before, or smaller than one there.
    """
    largest = max(ordered, key=len)
    pivots = largest[[len(largest) * n // PIECES for n in range(1, PIECES)]] if len(largest) else largest
    cuts = [[0, *np.searchsorted(group, pivots), len(group)] for group in ordered]
    for n in range(len(pivots) + 1):
        yield np.concatenate([group[cut[n] : cut[n + 1]] for group, cut in zip(ordered, cuts, strict=True)])


@dataclass(frozen=True)
class Curves:
    """Rows that score at least each threshold, from the highest on; of shape (folds, thresholds)."""

    negatives: np.ndarray
    positives: np.ndarray

    def points(self, folds: Sequence[int]) -> Points:
        """Return the curves of the rows in these folds."""
        return Points(self.negatives[list(folds)].sum(axis=0), self.positives[list(folds)].sum(axis=0))


class Points:
    """The points of the curves. As in Spark, a rate without rows is 0, and precision without a prediction is 1."""

    def __init__(self, negatives: np.ndarray, positives: np.ndarray):
        recalls, alarms = _shares(positives), _shares(negatives)
        precisions = np.divide(positives, positives + negatives, np.ones(len(recalls)), where=positives + negatives > 0)
        self.false_positive_rates = [0.0, *alarms.tolist(), 1.0]
        self.true_positive_rates = [0.0, *recalls.tolist(), 1.0]
        self.precisions = [*precisions[:1].tolist(), *precisions.tolist()]
        self.recalls = [0.0, *recalls.tolist()]

    @property
    def area_below_roc(self) -> float:
        """The area by the trapezoidal rule."""
        return _area(self.false_positive_rates, self.true_positive_rates)

    @property
    def area_below_precision_recall(self) -> float:
        """The area by the trapezoidal rule."""
        return _area(self.recalls, self.precisions)


def _thresholds(distinct: np.ndarray) -> np.ndarray:
    """Return the thresholds, descending, for all distinct scores."""
    distinct = distinct[::-1]
    size = len(distinct) // BINS
    if size < 2:
        return distinct
    return np.append(distinct[size - 1 : -1 : size], distinct[-1])


def _count_at_least(ascending: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return len(ascending) - np.searchsorted(ascending, thresholds, "left")


def _shares(counts: np.ndarray) -> np.ndarray:
    total = counts[-1] if len(counts) else 0
    return counts / total if total else np.zeros(len(counts))


def _area(x: Sequence[float], y: Sequence[float]) -> float:
    return float(np.sum(np.diff(x) * (np.array(y[1:]) + np.array(y[:-1])) / 2))
