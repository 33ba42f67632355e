"""Records that an endpoint captured: JSON lines with the request and the response of each invocation.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.files import lines
from model_monitor.tables.json_lines import chunks
from model_monitor.tables.partitions import Partition

INDEX_NAMES = ("endpointInput", "endpointOutput")
#: What an endpoint's parts are called where a batch transform job captured.
OF_TRANSFORM = {"endpointInput": "batchTransformInput", "endpointOutput": "batchTransformOutput"}
_OUTPUTS = ("endpointOutput", "batchTransformOutput")


def read(
    partition: Partition,
    captureIndexNames: Sequence[str] = INDEX_NAMES,  # noqa: N803  the analyzer's own word
    output_columns_position: str = "START",
    **_: Any,
) -> Iterator[Chunk]:
    """A row for each line of each record: the response's columns, then the request's (START) or before them (END).

    CSV has no names, so its columns are _c0, _c1 ...; JSON keeps its own.

    Raises:
        MonitorError: a record without the parts that are asked for, or whose parts do not fit each other.
    """
    parts = sorted(captureIndexNames, key=lambda name: (name in _OUTPUTS) != (output_columns_position == "START"))
    widths: set[int] = set()
    for slice_ in partition:
        found = (row for where, record in records(slice_.file) for row in rows(record, parts, where, widths))
        yield from chunks(slice_, found)


def records(
    file: Path, member: str = "captureData", what: str = "capture record"
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each record, and the words that say where it stands.

    Args:
        file: of JSON lines.
        member: that each must have, an object.
        what: such a record is called.

    Raises:
        MonitorError: a line that is none.
    """
    for number, line in enumerate(lines(file), 1):
        where = f"{file.name}, line {number}"
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict) or not isinstance(record.get(member), dict):
            raise MonitorError(f"{where}: no {what}, which is a JSON object with {member}")
        yield where, record


def rows(record: dict[str, Any], parts: Sequence[str], where: str, widths: set[int]) -> Iterator[dict[str, Any]]:
    """The rows of a record.

    Args:
        record: see ``records``.
        parts: of captureData, whose columns become those of the rows. An endpoint's stand for a batch transform's.
        where: the words for its place.
        widths: how many columns rows without names had so far, which must be one number; is added to.

    Raises:
        MonitorError: a part is not there, or the parts do not fit each other.
    """
    data = record["captureData"]
    parts = [name if name in data or OF_TRANSFORM.get(name) not in data else OF_TRANSFORM[name] for name in parts]
    captured = [part(data, name, where) for name in parts]
    if len({type(part[0]) for part in captured if part}) > 1:
        raise MonitorError(f"{where}: the encodings of {' and '.join(parts)} must be the same")
    if len(set(map(len, captured))) > 1:
        counts = ", ".join(f"{name} has {len(part)}" for name, part in zip(parts, captured, strict=True))
        raise MonitorError(f"{where}: {counts} rows; they must be as many")
    for found in zip(*captured, strict=True):
        yield _named(found, where) if isinstance(found[0], dict) else _numbered(found, where, widths)


def _named(found: tuple[dict[str, Any], ...], where: str) -> dict[str, Any]:
    row = {name: value for part in found for name, value in part.items()}
    if len(row) < sum(map(len, found)):
        twice = sorted(set(found[0]) & set(found[-1]))
        raise MonitorError(f"{where}: request and response both have {', '.join(twice)}")
    return row


def _numbered(found: tuple[list[str], ...], where: str, widths: set[int]) -> dict[str, Any]:
    values = [value for part in found for value in part]
    before = widths - {len(values)}
    if before:
        raise MonitorError(f"{where}: {len(values)} columns, where the records before have {min(before)}")
    widths.add(len(values))
    return {f"_c{number}": value or None for number, value in enumerate(values)}


def part(data: dict[str, Any], name: str, where: str) -> list[Any]:
    """The rows of a request, a response or a truth: lists of cells, or dictionaries.

    Raises:
        MonitorError: it is not there, or is not encoded as CSV or JSON.
    """
    found = data.get(name)
    if not isinstance(found, dict) or not isinstance(found.get("data"), str):
        raise MonitorError(f"{where}: there is no {name}; there are {', '.join(data)}")
    if str(found.get("encoding")) not in _DECODE:
        raise MonitorError(
            f"{where}: {name} is encoded as {found.get('encoding')!r}; capture it as CSV or JSON "
            "(CaptureContentTypeHeader of the endpoint's DataCaptureConfig)"
        )
    try:
        return _DECODE[found["encoding"]](found["data"])
    except (ValueError, RecursionError, csv.Error) as error:
        raise MonitorError(f"{where}: {name} is no {found['encoding']}: {error}") from None


def _csv(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text, newline="")) if row]


def _json(text: str) -> list[dict[str, Any]]:
    """One document, or JSON lines."""
    try:
        value = json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        if len(found := [line for line in text.split("\n") if line.strip()]) < 2:
            raise
        value = [json.loads(line, parse_float=str, parse_int=str) for line in found]
    rows = value if isinstance(value, list) else [value]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{text[:60]!r} is no object")
    return rows


_DECODE: dict[str, Callable[[str], list[Any]]] = {"CSV": _csv, "JSON": _json}
