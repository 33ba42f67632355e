"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.chunk import Chunk, Place
from model_monitor.tables.files import unreadable
from model_monitor.tables.partitions import Partition

import pyarrow as pa
import pyarrow.parquet as parquet

_ROWS = 64_000


def read(partition: Partition, **_: Any) -> Iterator[Chunk]:
    """The rows of all files; whatever is no floating-point number is taken by its text.

    Raises:
        MonitorError: a file that is no Parquet, or a column of lists or structures.
    """
    names: list[str] | None = None
    for part in partition:
        first = Place(part, False, 1)
        try:
            with parquet.ParquetFile(part.file) as opened:
                names = _checked(opened.schema_arrow.names, names, part.file)
                for batch in opened.iter_batches(_ROWS):
                    columns = zip(names, batch.columns, strict=True)
                    yield Chunk({n: _flat(c, n, part.file) for n, c in columns}, batch.num_rows, first)
                    first = first._replace(row=first.row + batch.num_rows)
        except (OSError, pa.ArrowException) as error:
            raise unreadable(part.file, error) from None


def _checked(found: list[str], names: list[str] | None, file: Path) -> list[str]:
    """The columns' names; each occurs once, and all files have the same."""
    if len(set(found)) < len(found):
        raise MonitorError(f"{file.name} has two columns of the same name: {', '.join(found)}")
    if names is not None and found != names:
        raise MonitorError(f"{file.name} has the columns {', '.join(found)}; the files before have {', '.join(names)}")
    return found


def _flat(column: pa.Array, name: str, file: Path) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type) or column.type == pa.string():
        return column
    if pa.types.is_nested(column.type):
        raise MonitorError(f"{file.name}, column {name!r}: {column.type} is nested; the data must be flat")
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        raise MonitorError(f"{file.name}, column {name!r}: {column.type} cannot be read as text") from None
