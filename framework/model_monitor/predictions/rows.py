"""Rows to be predicted: as codes into the distinct cells of each column, so that a cell is sent as it was written.

Analyses put rows together from the cells of others. With codes that is arithmetic, of whatever kind a column is, and
no number ever loses a digit on its way to the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from model_monitor.accumulators.arrays import plain

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Rows:
    """``codes`` has the shape (columns, rows); ``cells`` the distinct texts of each column, None for a missing one."""

    codes: np.ndarray
    cells: Sequence[pa.Array]

    def __len__(self) -> int:
        return self.codes.shape[1]

    @classmethod
    def of(cls, columns: Sequence[pa.Array]) -> Rows:
        """Columns of texts."""
        encoded = [column.cast(pa.string()).dictionary_encode("encode") for column in columns]
        codes = [plain(column.indices.cast(pa.int32()), "i4") for column in encoded]
        return cls(np.array(codes, np.int32).reshape(len(columns), -1), [column.dictionary for column in encoded])

    def some(self, first: int, last: int) -> Rows:
        """Those from the first up to the last."""
        return replace(self, codes=self.codes[:, first:last])

    def distinct(self) -> tuple[Rows, np.ndarray]:
        """Each row once, and for each row which of these it is; all of them where there are too many combinations."""
        if math.prod(max(1, len(cells)) for cells in self.cells) >= 1 << 62:
            return self, np.arange(len(self))
        keys = np.zeros(len(self), np.int64)
        for codes, cells in zip(self.codes, self.cells, strict=True):
            keys = keys * max(1, len(cells)) + codes
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        return replace(self, codes=self.codes[:, first]), which

    def column(self, number: int) -> pa.Array:
        """The texts of a column."""
        return self.cells[number].take(pa.array(np.ascontiguousarray(self.codes[number])))
