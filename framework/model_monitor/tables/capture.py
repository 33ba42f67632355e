"""Read records that an endpoint captured: JSON lines with the request and the response of each invocation.

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
#: The name of an endpoint's part -> its name in the records of a batch transform job.
TRANSFORM_NAMES = {"endpointInput": "batchTransformInput", "endpointOutput": "batchTransformOutput"}
_OUTPUT_NAMES = ("endpointOutput", "batchTransformOutput")


def read(
    partition: Partition,
    captureIndexNames: Sequence[str] = INDEX_NAMES,  # noqa: N803  the analyzer's own name
    output_columns_position: str = "START",
    **_: Any,
) -> Iterator[Chunk]:
    """Yield a row for each line of each record: the response's columns before (START) or after (END) the request's.

    CSV has no names, so its columns are _c0, _c1 ...; JSON keeps its own.

    Raises:
        MonitorError: a record lacks a requested part, or its parts do not fit each other.
    """
    parts = sorted(captureIndexNames, key=lambda name: (name in _OUTPUT_NAMES) != (output_columns_position == "START"))
    widths: set[int] = set()
    for part in partition:
        captured_rows = (row for where, record in records(part.file) for row in rows(record, parts, where, widths))
        yield from chunks(part, captured_rows)


def records(
    file: Path, member: str = "captureData", record_type: str = "capture record"
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each record, and a text that says where it is.

    Args:
        file: of JSON lines.
        member: an object that each record must have.
        record_type: how messages call such a record.

    Raises:
        MonitorError: a line is not such a record.
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
            raise MonitorError(f"{where}: not a {record_type}, which is a JSON object with {member}")
        yield where, record


def rows(record: dict[str, Any], parts: Sequence[str], where: str, widths: set[int]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a record.

    Args:
        record: see ``records``.
        parts: of captureData, whose columns become those of the rows. An endpoint's also select a batch transform's.
        where: a text that says where the record is.
        widths: how many columns earlier rows without names had, which must be one number; it is extended.

    Raises:
        MonitorError: a part is missing, or the parts do not fit each other.
    """
    data = record["captureData"]
    parts = [name if name in data or TRANSFORM_NAMES.get(name) not in data else TRANSFORM_NAMES[name] for name in parts]
    captured = [part_rows(data, name, where) for name in parts]
    if len({type(row_list[0]) for row_list in captured if row_list}) > 1:
        raise MonitorError(f"{where}: the encodings of {' and '.join(parts)} must be the same")
    if len(set(map(len, captured))) > 1:
        counts = ", ".join(f"{name} has {len(row_list)}" for name, row_list in zip(parts, captured, strict=True))
        raise MonitorError(f"{where}: {counts} rows; the numbers must be equal")
    for row_parts in zip(*captured, strict=True):
        yield (
            _named_row(row_parts, where) if isinstance(row_parts[0], dict) else _numbered_row(row_parts, where, widths)
        )


def _named_row(row_parts: tuple[dict[str, Any], ...], where: str) -> dict[str, Any]:
    row = {name: value for part in row_parts for name, value in part.items()}
    if len(row) < sum(map(len, row_parts)):
        shared_names = sorted(set(row_parts[0]) & set(row_parts[-1]))
        raise MonitorError(f"{where}: request and response both have {', '.join(shared_names)}")
    return row


def _numbered_row(row_parts: tuple[list[str], ...], where: str, widths: set[int]) -> dict[str, Any]:
    values = [value for part in row_parts for value in part]
    earlier_widths = widths - {len(values)}
    if earlier_widths:
        raise MonitorError(f"{where}: {len(values)} columns, but the records before it have {min(earlier_widths)}")
    widths.add(len(values))
    return {f"_c{number}": value or None for number, value in enumerate(values)}


def part_rows(data: dict[str, Any], name: str, where: str) -> list[Any]:
    """Return the rows of a request, a response or a ground truth: lists of cells, or dictionaries.

    Raises:
        MonitorError: the part is missing, or is not encoded as CSV or JSON.
    """
    captured = data.get(name)
    if not isinstance(captured, dict) or not isinstance(captured.get("data"), str):
        raise MonitorError(f"{where}: there is no {name}; the record has {', '.join(data)}")
    if str(captured.get("encoding")) not in _DECODERS:
        raise MonitorError(
            f"{where}: {name} is encoded as {captured.get('encoding')!r}; capture it as CSV or JSON "
            "(CaptureContentTypeHeader of the endpoint's DataCaptureConfig)"
        )
    try:
        return _DECODERS[captured["encoding"]](captured["data"])
    except (ValueError, RecursionError, csv.Error) as error:
        raise MonitorError(f"{where}: {name} is not {captured['encoding']}: {error}") from None


def _parse_csv(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text, newline="")) if row]


def _parse_json(text: str) -> list[dict[str, Any]]:
    """Parse one document, or JSON lines."""
    try:
        value = json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        if len(json_lines := [line for line in text.split("\n") if line.strip()]) < 2:
            raise
        value = [json.loads(line, parse_float=str, parse_int=str) for line in json_lines]
    rows = value if isinstance(value, list) else [value]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{text[:60]!r} is not an object")
    return rows


_DECODERS: dict[str, Callable[[str], list[Any]]] = {"CSV": _parse_csv, "JSON": _parse_json}
