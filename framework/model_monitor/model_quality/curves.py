"""Receiver operating characteristic and precision over recall, at the thresholds that Spark takes.

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
#: How many rows' scores are kept, 4 or 8 bytes each; of more rows, a random share of each part.
MAX_SCORES = 1 << 24
PIECES = 8
_SEED = 0


class Scores:
    """The scores of the rows, by part and true class.

    Args:
        one_by_one: whether the dataset is small enough for the last digits to matter; the scores of a larger one are
            kept as 32-bit floats, which is what models give.
    """

    def __init__(self, one_by_one: bool = True) -> None:
        self._kind = np.float64 if one_by_one else np.float32
        self._groups: list[list[np.ndarray]] = [[] for _ in range(2 * len(FOLDS))]
        self._kept, self.share = 0, 1.0
        self._random = np.random.default_rng(_SEED)

    @property
    def is_constant(self) -> bool:
        """Whether all rows have one score."""
        parts = [part for group in self._groups for part in group if len(part)]
        return all((part == parts[0][0]).all() for part in parts)

    def update(self, scores: np.ndarray, truth: np.ndarray, folds: np.ndarray) -> None:
        """Take rows in: scores, true classes (0 or 1) and parts, each of shape (rows,)."""
        codes, scores = (folds * 2 + truth).astype(np.uint8), scores.astype(self._kind, copy=False)
        self._add([[scores[codes == number]] for number in range(len(self._groups))])

    def merge(self, other: Scores) -> None:
        """Take in what another partition came to; where one has kept a larger share, as much of it as of the other."""
        while self.share > other.share:
            self._thin()
        groups = other._groups if other.share == self.share else self._thinned(other._groups, self.share / other.share)
        self._add(groups)

    def finish(self) -> Curves:
        """What the curves are drawn from: at each threshold, how many rows of each part score at least that."""
        with ThreadPoolExecutor() as pool:
            ordered = list(pool.map(_sorted, self._groups))
            thresholds = _thresholds(np.concatenate(list(pool.map(_distinct, _pieces(ordered)))))
        counts = [_at_least(group, thresholds) for group in ordered]
        return Curves(np.array(counts[0::2]), np.array(counts[1::2]))

    def _add(self, groups: list[list[np.ndarray]]) -> None:
        for own, others in zip(self._groups, groups, strict=True):
            own += others
        self._kept += _size(groups)
        while self._kept > MAX_SCORES:
            self._thin()

    def _thin(self) -> None:
        self._groups, self.share = self._thinned(self._groups, 0.5), self.share / 2
        self._kept = _size(self._groups)

    def _thinned(self, groups: list[list[np.ndarray]], share: float) -> list[list[np.ndarray]]:
        """A share of the rows, drawn at random."""
        return [[part[self._random.random(len(part)) < share] for part in group] for group in groups]


def _size(groups: list[list[np.ndarray]]) -> int:
    return sum(len(part) for group in groups for part in group)


def _sorted(group: list[np.ndarray]) -> np.ndarray:
    values = np.concatenate([np.empty(0, np.float32), *group])
    values.sort()
    return values


def _distinct(values: np.ndarray) -> np.ndarray:
    values.sort()
    return values[np.append(True, values[1:] != values[:-1])] if len(values) else values


def _pieces(ordered: list[np.ndarray]) -> Iterator[np.ndarray]:
    """All values in pieces that can be sorted at the same time: none of a piece is in, or below, the one before."""
    largest = max(ordered, key=len)
    pivots = largest[[len(largest) * n // PIECES for n in range(1, PIECES)]] if len(largest) else largest
    cuts = [[0, *np.searchsorted(group, pivots), len(group)] for group in ordered]
    for n in range(len(pivots) + 1):
        yield np.concatenate([group[cut[n] : cut[n + 1]] for group, cut in zip(ordered, cuts, strict=True)])


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


def _thresholds(distinct: np.ndarray) -> np.ndarray:
    """Descending, of all distinct scores."""
    distinct = distinct[::-1]
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
