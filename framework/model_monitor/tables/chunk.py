"""Represent some thousands of rows of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.partitions import Slice, rows_before

import pyarrow as pa
import pyarrow.compute as pc

#: How much text is read at a time. It determines the memory, which does not grow with the rows.
BLOCK_BYTES = 2 << 20


class Place(NamedTuple):
    """A place that names a row of a file. Only when printed does it count the rows before its slice.

    ``row`` is counted from 1 at the beginning of the slice, without a header.
    """

    slice: Slice
    has_header: bool
    row: int

    def __str__(self) -> str:
        before = rows_before(self.slice.file, self.slice.start) - self.has_header if self.slice.start else 0
        return f"{self.slice.file.name}, row {before + self.row}"


def not_a_number_error(place: Place, column: str, value: str) -> MonitorError:
    """Return the error for a cell of a numeric column that is not a number."""
    return MonitorError(f"{place}, column {column!r}: {value[:60]!r} is not a number")


@dataclass(frozen=True)
class Chunk:
    """Rows that were read together.

    ``columns`` are by name, each of shape (rows,): strings, or floating-point numbers if a format stores them.
    ``first`` is the place of the chunk's first row.
    """

    columns: Mapping[str, pa.Array]
    rows: int
    first: Place

    def place(self, row: int) -> Place:
        """Return the place of one of the chunk's rows, counted from 0."""
        return self.first._replace(row=self.first.row + row)

    def convert(self, types: Mapping[str, pa.DataType]) -> Chunk:
        """Return some of the columns, converted to other types; a column that the chunk lacks has only missing values.

        Raises:
            MonitorError: a string in a numeric column is not a number.
        """
        return replace(self, columns={name: self._convert_column(name, data_type) for name, data_type in types.items()})

    def _convert_column(self, name: str, data_type: pa.DataType) -> pa.Array:
        column = self.columns.get(name)
        if column is None:
            return pa.nulls(self.rows, data_type)
        if pa.types.is_dictionary(data_type):
            return column.cast(pa.string()).dictionary_encode()
        try:
            return _cast(column, data_type)
        except pa.ArrowInvalid:
            row = next(row for row in range(self.rows) if not _is_castable(column[row : row + 1], data_type))
            raise not_a_number_error(self.place(row), name, str(column[row].as_py())) from None


def _cast(column: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Convert strings to numbers: blanks around a number are ignored, and an empty string is missing."""
    if pa.types.is_string(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    return column.cast(data_type)


def _is_castable(cell: pa.Array, data_type: pa.DataType) -> bool:
    try:
        _cast(cell, data_type)
    except pa.ArrowInvalid:
        return False
    return True
