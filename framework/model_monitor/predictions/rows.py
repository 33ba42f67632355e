"""Holds rows to predict as codes into the distinct cells of each column, so that a cell is sent as it was written.

Analyses combine the cells of existing rows to new rows. With codes that is arithmetic, whatever a column's type, and
numbers reach the model with all their digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from model_monitor.accumulators.arrays import to_numpy

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Rows:
    """Stores rows: ``codes`` has the shape (columns, rows); ``cells`` are each column's distinct strings, or None."""

    codes: np.ndarray
    cells: Sequence[pa.Array]

    def __len__(self) -> int:
        return self.codes.shape[1]

    @classmethod
    def of(cls, columns: Sequence[pa.Array]) -> Rows:
        """Return the rows of these columns of strings."""
        encoded = [column.cast(pa.string()).dictionary_encode("encode") for column in columns]
        codes = [to_numpy(column.indices.cast(pa.int32()), "i4") for column in encoded]
        return cls(np.array(codes, np.int32).reshape(len(columns), -1), [column.dictionary for column in encoded])

    def slice(self, first: int, last: int) -> Rows:
        """Return the rows from ``first`` up to, but without, ``last``."""
        return replace(self, codes=self.codes[:, first:last])

    def distinct(self) -> tuple[Rows, np.ndarray]:
        """Return the distinct rows, and each row's position among them; all rows if there are too many combinations."""
        if math.prod(max(1, len(cells)) for cells in self.cells) >= 1 << 62:
            return self, np.arange(len(self))
        keys = np.zeros(len(self), np.int64)
        for codes, cells in zip(self.codes, self.cells, strict=True):
            keys = keys * max(1, len(cells)) + codes
        _, first, positions = np.unique(keys, return_index=True, return_inverse=True)
        return replace(self, codes=self.codes[:, first]), positions

    def column(self, number: int) -> pa.Array:
        """Return the strings of a column."""
        return self.cells[number].take(pa.array(np.ascontiguousarray(self.codes[number])))
