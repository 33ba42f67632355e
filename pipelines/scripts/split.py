"""Split rows at random into training, validation and test, the same way for the same seed and the same file.

Each row gets a uniform random number in the order of the file, so neither chunks nor memory matter; thresholds of these
numbers decide the split. Rows of a class get theirs in blocks in which each split has its exact share, and the first
three rows of a class are in three splits, so that a rare class is in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

MAX_SEED = 2**31 - 2  # the largest that the XGBoost container takes
#: Name of a split -> the upper end of its random numbers.
SPLITS = {"train": 0.70, "validation": 0.85, "test": 1.00}
#: The size of a block in which each split has its share, as an integer number of rows.
BLOCK_ROWS = 20


def seed(text: str) -> int:
    """Return a random seed that every step accepts: 0 to 2,147,483,646; raise ValueError for anything else."""
    value = int(text)
    if not 0 <= value <= MAX_SEED:
        raise ValueError
    return value


def draw(
    chunks: Iterable[pd.DataFrame], seed: int, labels_of: Callable[[pd.DataFrame], np.ndarray], by_class: bool
) -> Iterator[tuple[pd.DataFrame, np.ndarray, np.ndarray]]:
    """Yield each chunk with a random number in [0, 1) for each row, and its labels.

    Args:
        chunks: of rows.
        seed: of the random numbers.
        labels_of: returns a chunk's labels, of shape (rows,); NaN if there is none.
        by_class: whether labels are classes, each of which is split by itself.
    """
    generator, classes = np.random.default_rng(seed), dict[int, _Draws]()
    for chunk in chunks:
        draws, labels = generator.random(len(chunk)), labels_of(chunk)
        for number in np.unique(labels[~np.isnan(labels)]).astype(int).tolist() if by_class else ():
            class_draws = classes.setdefault(number, _Draws(np.random.default_rng([seed, number])))
            rows = labels == number
            draws[rows] = class_draws.take(int(rows.sum()))
        yield chunk, draws, labels


@dataclass
class _Draws:
    """Yields a sequence of random numbers for the rows of one class, however many are taken at once."""

    generator: np.random.Generator
    unused: np.ndarray = field(default_factory=lambda: np.empty(0))
    is_first: bool = True

    def take(self, count: int) -> np.ndarray:
        """Return the next numbers, of shape (count,)."""
        parts, count_so_far = [self.unused], len(self.unused)
        while count_so_far < count:
            parts.append(self._block())
            count_so_far += BLOCK_ROWS
        numbers = np.concatenate(parts)
        self.unused = numbers[count:]
        return numbers[:count]

    def _block(self) -> np.ndarray:
        """Draw one number from each of BLOCK equal parts of [0, 1), in random order."""
        numbers = (self.generator.permutation(BLOCK_ROWS) + self.generator.random(BLOCK_ROWS)) / BLOCK_ROWS
        if self.is_first:
            self.is_first = False
            numbers = numbers[np.argsort([*_is_repeated(numbers)], kind="stable")]
        return numbers


def _is_repeated(numbers: np.ndarray) -> Iterator[bool]:
    """Yield for each number whether one before it is in the same split."""
    earlier_splits = set[int]()
    for split in np.searchsorted(list(SPLITS.values()), numbers, side="right").tolist():
        yield split in earlier_splits
        earlier_splits.add(split)


def masks(draws: np.ndarray) -> dict[str, np.ndarray]:
    """Return split -> a mask of the rows in it."""
    numbers = np.searchsorted(list(SPLITS.values()), draws, side="right")
    return {name: numbers == position for position, name in enumerate(SPLITS)}
