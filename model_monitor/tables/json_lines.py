"""JSON lines: a flat object a line. A number keeps its digits; the columns are ordered by their names, as by Spark."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from model_monitor.errors import MonitorError
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.files import lines

import pyarrow as pa

_ROWS = 20_000


def read(files: list[Path], **_: Any) -> Iterator[Chunk]:
    """The rows of all files; a column that a row does not have is missing there.

    Raises:
        MonitorError: a line that is no JSON object, or a value that is an object or a list.
    """
    for file in files:
        yield from chunks(file.name, objects(file))


def objects(file: Path) -> Iterator[dict[str, Any]]:
    """The object of each line that is not empty; numbers are their own text."""
    for number, line in enumerate(lines(file), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
        except ValueError as error:
            raise MonitorError(f"{file.name}, line {number}: no JSON: {error}") from None
        if not isinstance(value, dict):
            raise MonitorError(f"{file.name}, line {number}: {line[:60]!r} is no JSON object")
        yield value


def chunks(file: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Chunk]:
    """Rows as dictionaries to chunks."""
    rows, first = iter(rows), 1
    while some := list(islice(rows, _ROWS)):
        names = dict.fromkeys(name for row in some for name in row)
        texts = {n: [_text(row.get(n), n, file, first + r) for r, row in enumerate(some)] for n in names}
        yield Chunk({n: pa.array(values, pa.string()) for n, values in texts.items()}, len(some), file, first)
        first += len(some)


def _text(value: Any, name: str, file: str, row: int) -> str | None:
    """What stands for a value: its digits, true or false, itself."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
    raise MonitorError(f"{file}, row {row}, column {name!r}: {str(value)[:60]} is nested; the data must be flat")
