"""Implement the quantile sketch of deequ (``QuantileNonSample``): a KLL sketch without randomness.

Karnin, Lang, Liberty (2016), "Optimal Quantile Approximation in Streams", https://arxiv.org/abs/1603.05346. An item at
level h represents 2**h values. A level that is full is sorted; every second item goes one level up.
https://github.com/awslabs/deequ/tree/master/src/main/scala/com/amazon/deequ/analyzers
"""

from __future__ import annotations

import math

import numpy as np

SKETCH_SIZE = 2048
SHRINKING_FACTOR = 0.64
#: How many items each level holds before it is compacted: 2050 at level 0.
CAPACITIES = [2 * (math.ceil(SKETCH_SIZE * SHRINKING_FACTOR**level / 2) + 1) for level in range(64)]


class _Level:
    def __init__(self) -> None:
        self.items = np.empty(0)
        self.compactions, self.offset = 0, 0

    def compact(self) -> np.ndarray:
        """Sort the items except an odd last one, and remove and return every second of them."""
        if self.compactions % 2 == 1:
            self.offset = 1 - self.offset
        even = len(self.items) - len(self.items) % 2
        promoted = np.sort(self.items[:even])[self.offset :: 2]
        self.items = self.items[even:]
        self.compactions += 1
        return promoted


class Kll:
    """A quantile sketch, which adds values one after the other, and merges sketches as Spark merges partitions."""

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._size = self._capacity = 0
        self._expand()

    def update(self, values: np.ndarray) -> None:
        """Add values, float64 of shape (n,), in their order."""
        added = 0
        while added < len(values):
            batch = values[added : added + max(1, self._capacity + 1 - self._size)]
            self._append(0, batch)
            added += len(batch)
            self._size += len(batch)
            if self._size > self._capacity:
                self._condense()

    def merge(self, sketch: Kll) -> None:
        """Add the items of another sketch."""
        while len(self._levels) < len(sketch._levels):
            self._expand()
        for number, level in enumerate(sketch._levels):
            self._append(number, level.items)
        self._size += sketch._size
        while self._size >= self._capacity:
            self._condense()

    def finish(self) -> list[np.ndarray]:
        """Return the items of each level."""
        return [level.items for level in self._levels]

    def _append(self, number: int, items: np.ndarray) -> None:
        level = self._levels[number]
        level.items = np.concatenate([level.items, items])

    def _expand(self) -> None:
        self._capacity += CAPACITIES[len(self._levels)]
        self._levels.append(_Level())

    def _condense(self) -> None:
        """Compact the first level that is full; one always is, as there are more items than all levels may hold."""
        full = 0
        while len(self._levels[full].items) < CAPACITIES[full]:
            full += 1
        if full + 1 == len(self._levels):
            self._expand()
        promoted = self._levels[full].compact()
        self._append(full + 1, promoted)
        self._size -= len(promoted)


def weighted_items(levels: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return all items of a sketch, and how many values each represents: float64 and int64, of shape (items,)."""
    items = np.concatenate([np.empty(0), *levels])
    weights = np.concatenate([np.empty(0, np.int64), *(np.full(len(v), 1 << n) for n, v in enumerate(levels))])
    return items, weights
