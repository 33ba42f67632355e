"""Some thousands of rows of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.partitions import Slice, rows_before

import pyarrow as pa
import pyarrow.compute as pc

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


def not_a_number(place: Place, column: str, value: str) -> MonitorError:
    """The error for a cell of a column of numbers."""
    return MonitorError(f"{place}, column {column!r}: {value[:60]!r} is no number")


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

    def typed(self, only: Mapping[str, pa.DataType]) -> Chunk:
        """Some of the columns, of other types; a column that none of these rows has is missing in all of them.

        Raises:
            MonitorError: a text where a number belongs.
        """
        return replace(self, columns={name: self._typed(name, kind) for name, kind in only.items()})

    def _typed(self, name: str, kind: pa.DataType) -> pa.Array:
        column = self.columns.get(name)
        if column is None:
            return pa.nulls(self.rows, kind)
        if pa.types.is_dictionary(kind):
            return column.cast(pa.string()).dictionary_encode()
        try:
            return _cast(column, kind)
        except pa.ArrowInvalid:
            row = next(row for row in range(self.rows) if not _is_castable(column[row : row + 1], kind))
            raise not_a_number(self.place(row), name, str(column[row].as_py())) from None


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Texts to numbers: blanks around one do not matter, and an empty text is missing."""
    if pa.types.is_string(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    return column.cast(kind)


def _is_castable(cell: pa.Array, kind: pa.DataType) -> bool:
    try:
        _cast(cell, kind)
    except pa.ArrowInvalid:
        return False
    return True
