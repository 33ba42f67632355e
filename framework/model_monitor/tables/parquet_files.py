"""Read Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.chunk import Chunk, Place
from model_monitor.tables.files import unreadable_error
from model_monitor.tables.partitions import Partition

import pyarrow as pa
import pyarrow.parquet as parquet

_ROWS = 64_000


def read(partition: Partition, **_: Any) -> Iterator[Chunk]:
    """Yield the rows of all files; values that are not floating-point numbers become strings.

    Raises:
        MonitorError: a file is not Parquet, or a column holds lists or structures.
    """
    names: list[str] | None = None
    for part in partition:
        first = Place(part, False, 1)
        try:
            with parquet.ParquetFile(part.file) as content:
                names = _check_names(content.schema_arrow.names, names, part.file)
                for batch in content.iter_batches(_ROWS):
                    columns = zip(names, batch.columns, strict=True)
                    yield Chunk({n: _flatten(c, n, part.file) for n, c in columns}, batch.num_rows, first)
                    first = first._replace(row=first.row + batch.num_rows)
        except (OSError, pa.ArrowException) as error:
            raise unreadable_error(part.file, error) from None


def _check_names(file_names: list[str], names: list[str] | None, file: Path) -> list[str]:
    """Return the columns' names; raise MonitorError if one occurs twice, or if files differ in them."""
    if len(set(file_names)) < len(file_names):
        raise MonitorError(f"{file.name} has two columns of the same name: {', '.join(file_names)}")
    if names is not None and file_names != names:
        raise MonitorError(
            f"{file.name} has the columns {', '.join(file_names)}; the files before have {', '.join(names)}"
        )
    return file_names


def _flatten(column: pa.Array, name: str, file: Path) -> pa.Array:
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
