"""Read JSON lines: a flat object per line. A number keeps its digits, and a column may first occur late."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from numbers import Number
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.chunk import Chunk, Place
from model_monitor.tables.files import lines
from model_monitor.tables.partitions import Partition, Slice

import pyarrow as pa

_ROWS = 20_000


def read(partition: Partition, **_: Any) -> Iterator[Chunk]:
    """Yield the rows of all files; a column that a row lacks is missing there.

    Raises:
        MonitorError: a line is not a JSON object, or a value is an object or a list.
    """
    for part in partition:
        yield from chunks(part, objects(part.file))


def objects(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the object of each line that is not empty; numbers become strings with the same digits."""
    for number, line in enumerate(lines(file), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            excerpt = line[:60].decode("utf-8", errors="replace")
            raise MonitorError(f"{file.name}, line {number}: {excerpt!r} is not a JSON object; each line must be one")
        yield value


def chunks(part: Slice, rows: Iterable[Mapping[str, Any]]) -> Iterator[Chunk]:
    """Convert rows, given as dictionaries, to chunks."""
    rows, first = iter(rows), Place(part, False, 1)
    while batch := list(islice(rows, _ROWS)):
        names = dict.fromkeys(name for row in batch for name in row)
        texts = {n: [_value_text(row.get(n), n, first, number) for number, row in enumerate(batch)] for n in names}
        yield Chunk({n: _array(values, n, first) for n, values in texts.items()}, len(batch), first)
        first = first._replace(row=first.row + len(batch))


def _array(values: list[str | None], name: str, first: Place) -> pa.Array:
    try:
        name.encode()
        return pa.array(values, pa.string())
    except UnicodeEncodeError as error:
        file = first.slice.file.name
        raise MonitorError(f"{file}, column {name!r}: {error.object[:60]!r} is not a valid string") from None


def _value_text(value: Any, name: str, first: Place, number: int) -> str | None:
    """Return the string for a value: the digits of a number, true or false, or the string itself."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case Number():
            return str(value)
    place = first._replace(row=first.row + number)
    raise MonitorError(f"{place}, column {name!r}: {str(value)[:60]} is nested; the data must be flat")
