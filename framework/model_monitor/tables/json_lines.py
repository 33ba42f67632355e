"""JSON lines: a flat object a line. A number keeps its digits; a column may come late."""

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
    """The rows of all files; a column that a row does not have is missing there.

    Raises:
        MonitorError: a line that is no JSON object, or a value that is an object or a list.
    """
    for part in partition:
        yield from chunks(part, objects(part.file))


def objects(file: Path) -> Iterator[dict[str, Any]]:
    """The object of each line that is not empty; numbers are their own text."""
    for number, line in enumerate(lines(file), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            said = line[:60].decode("utf-8", errors="replace")
            raise MonitorError(f"{file.name}, line {number}: {said!r} is no JSON object; each line must be one")
        yield value


def chunks(part: Slice, rows: Iterable[Mapping[str, Any]]) -> Iterator[Chunk]:
    """Rows as dictionaries to chunks."""
    rows, first = iter(rows), Place(part, False, 1)
    while some := list(islice(rows, _ROWS)):
        names = dict.fromkeys(name for row in some for name in row)
        texts = {n: [_text(row.get(n), n, first, number) for number, row in enumerate(some)] for n in names}
        yield Chunk({n: _array(values, n, first) for n, values in texts.items()}, len(some), first)
        first = first._replace(row=first.row + len(some))


def _array(values: list[str | None], name: str, first: Place) -> pa.Array:
    try:
        name.encode()
        return pa.array(values, pa.string())
    except UnicodeEncodeError as error:
        file = first.slice.file.name
        raise MonitorError(f"{file}, column {name!r}: {error.object[:60]!r} is no valid text") from None


def _text(value: Any, name: str, first: Place, number: int) -> str | None:
    """What stands for a value: its digits, true or false, itself."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case Number():
            return str(value)
    place = first._replace(row=first.row + number)
    raise MonitorError(f"{place}, column {name!r}: {str(value)[:60]} is nested; the data must be flat")
