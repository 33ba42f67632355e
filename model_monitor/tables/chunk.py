"""Some thousands of rows of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from model_monitor.tables.partitions import Slice, rows_before

import pyarrow as pa

#: How much text is read at a time. Memory follows from it, and does not grow with the rows.
BLOCK_BYTES = 2 << 20


class Place(NamedTuple):
    """A row of a file, as words only when somebody asks: a slice's first row is counted then.

    ``row`` is counted from 1 at the slice's beginning, a header not included.
    """

    slice: Slice
    has_header: bool
    row: int

    def __str__(self) -> str:
        before = rows_before(self.slice.file, self.slice.start) - self.has_header if self.slice.start else 0
        return f"{self.slice.file.name}, row {before + self.row}"


@dataclass(frozen=True)
class Chunk:
    """Columns by name, each of shape (rows,): strings, or floating-point numbers where a format stores such.

    ``first`` is the place of the chunk's first row.
    """

    columns: Mapping[str, pa.Array]
    rows: int
    first: Place

    def place(self, row: int) -> Place:
        """Of one of the chunk's rows, counted from 0."""
        return self.first._replace(row=self.first.row + row)
