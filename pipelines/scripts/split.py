"""Split rows at random into training, validation and test, the same way for the same seed and the same file.

Each row gets a uniform random number in the order of the file, so neither chunks nor memory matter; the shares are
those numbers' thresholds. Rows of a class get theirs in blocks in which each split has its exact share, and the first
three rows of a class are in three splits: a rare class is in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

MAX_SEED = 2**31 - 2  # the largest that the XGBoost container takes
#: Name of a split -> the upper end of its random numbers.
SPLITS = {"train": 0.70, "validation": 0.85, "test": 1.00}
#: Rows in which each split has its share, as a whole number of rows.
BLOCK = 20


def seed(text: str) -> int:
    """A seed as every step can take it: 0 to 2,147,483,646; raise ValueError for anything else."""
    value = int(text)
    if not 0 <= value <= MAX_SEED:
        raise ValueError
    return value


def drawn(
    chunks: Iterable[pd.DataFrame], seed: int, labels_of: Callable[[pd.DataFrame], np.ndarray], by_class: bool
) -> Iterator[tuple[pd.DataFrame, np.ndarray, np.ndarray]]:
    """Each chunk with its rows' random numbers in [0, 1) and its labels.

    Args:
        chunks: of rows.
        seed: of the random numbers.
        labels_of: a chunk's labels, of shape (rows,); NaN where there is none.
        by_class: whether labels are classes, each of which is to be in all splits.
    """
    generator, classes = np.random.default_rng(seed), dict[int, _Draws]()
    for chunk in chunks:
        draws, labels = generator.random(len(chunk)), labels_of(chunk)
        for number in np.unique(labels[~np.isnan(labels)]).astype(int).tolist() if by_class else ():
            of_class = classes.setdefault(number, _Draws(np.random.default_rng([seed, number])))
            rows = labels == number
            draws[rows] = of_class.take(int(rows.sum()))
        yield chunk, draws, labels


@dataclass
class _Draws:
    """The random numbers of one class, however many of them are asked for at once."""

    generator: np.random.Generator
    left: np.ndarray = field(default_factory=lambda: np.empty(0))
    is_first: bool = True

    def take(self, count: int) -> np.ndarray:
        parts, have = [self.left], len(self.left)
        while have < count:
            parts.append(self._block())
            have += BLOCK
        found = np.concatenate(parts)
        self.left = found[count:]
        return found[:count]

    def _block(self) -> np.ndarray:
        """One number in each of as many equal parts of [0, 1), in random order."""
        numbers = (self.generator.permutation(BLOCK) + self.generator.random(BLOCK)) / BLOCK
        if self.is_first:
            self.is_first = False
            numbers = numbers[np.argsort([number for number in _first_of_each(numbers)], kind="stable")]
        return numbers


def _first_of_each(numbers: np.ndarray) -> Iterator[int]:
    """0 for the first number of each split, 1 for the others."""
    seen = set[str]()
    splits = {name: mask for name, mask in masks(numbers).items()}
    for position in range(len(numbers)):
        name = next(name for name, mask in splits.items() if mask[position])
        yield int(name in seen)
        seen.add(name)


def masks(draws: np.ndarray) -> dict[str, np.ndarray]:
    """Split -> which of the rows are in it."""
    numbers = np.searchsorted(list(SPLITS.values()), draws, side="right")
    return {name: numbers == position for position, name in enumerate(SPLITS)}
