"""Split rows at random into training, validation and test, the same way for the same seed and the same file.

Each row gets a uniform random number in the order of the file, so neither chunks nor memory matter; the shares are
those numbers' thresholds, met to within chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

MAX_SEED = 2**31 - 2  # the largest that the XGBoost container takes
#: Name of a split -> the upper end of its random numbers.
SPLITS = {"train": 0.70, "validation": 0.85, "test": 1.00}


def seed(text: str) -> int:
    """A seed as every step can take it: 0 to 2,147,483,646; raise ValueError for anything else."""
    value = int(text)
    if not 0 <= value <= MAX_SEED:
        raise ValueError
    return value


def drawn(chunks: Iterable[pd.DataFrame], seed: int) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
    """Each chunk with its rows' random numbers in [0, 1)."""
    generator = np.random.default_rng(seed)
    for chunk in chunks:
        yield chunk, generator.random(len(chunk))


def masks(draws: np.ndarray) -> dict[str, np.ndarray]:
    """Split -> which of the rows are in it."""
    numbers = np.searchsorted(list(SPLITS.values()), draws, side="right")
    return {name: numbers == position for position, name in enumerate(SPLITS)}
