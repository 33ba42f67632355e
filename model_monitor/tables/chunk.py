"""Some thousands of rows of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

#: How much text is read at a time. Memory follows from it, and does not grow with the rows.
BLOCK_BYTES = 8 << 20


@dataclass(frozen=True)
class Chunk:
    """Columns by name, each of shape (rows,): strings, or floating-point numbers where a format stores such.

    ``first`` is the number that the chunk's first row has in ``file``, counted from 1, a header not included.
    """

    columns: Mapping[str, pa.Array]
    rows: int
    file: str
    first: int

    def place(self, row: int) -> str:
        """The words that say where a row is."""
        return f"{self.file}, row {self.first + row}"
