"""Read the data that a batch transform captured: manifests list its input and output files.

    [{"prefix": "s3://bucket/folder/"}, "a.csv", "b.csv"]

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-batch.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables import csv_files
from model_monitor.tables.chunk import Chunk, Place
from model_monitor.tables.partitions import Partition, Slice, whole_files

import pyarrow as pa

DIRECTIONS = ("input", "output")
_PLACE = Place(Slice(Path("captured data"), 0, 0), False, 1)


def read(
    partition: Partition,
    roots: Mapping[str, str] | None = None,
    header: bool = False,
    output_columns_position: str = "START",
    **_: Any,
) -> Iterator[Chunk]:
    """Yield the rows of the CSV files that manifests list.

    If there are manifests in folders named ``input`` and ``output``, each row has the columns of both;
    ``output_columns_position`` decides which come first. Otherwise it has the columns of the listed files.

    Args:
        partition: the manifests.
        roots: prefix of a URI -> the folder that holds the objects below it.
        header: whether the input files begin with a header of column names.
        output_columns_position: whether the output's columns come first (START) or last (END).

    Raises:
        MonitorError: a file is not a manifest, a listed file is missing, or inputs' and outputs' row counts differ.
    """
    files = {
        direction: _list_files([part.file for part in partition if direction in part.file.parts], roots or {})
        for direction in DIRECTIONS
    }
    if not all(files.values()):
        yield from csv_files.read(_list_files([part.file for part in partition], roots or {}), header)
        return
    inputs, outputs = csv_files.read(files["input"], header), csv_files.read(files["output"], False)
    yield from _side_by_side(*((outputs, inputs) if output_columns_position == "START" else (inputs, outputs)))


def _list_files(manifests: list[Path], roots: Mapping[str, str]) -> Partition:
    """Return the files that manifests list, in their order."""
    return whole_files([_find_file(uri, roots, manifest) for manifest in manifests for uri in _uris(manifest)])


def _uris(manifest: Path) -> list[str]:
    try:
        first, *names = json.loads(manifest.read_text(encoding="utf-8"))
        return [first["prefix"] + name for name in names]
    except (OSError, ValueError, LookupError, TypeError):
        raise MonitorError(
            f'{manifest.name} is not a manifest; it must be [{{"prefix": "s3://..."}}, "file", ...]'
        ) from None


def _find_file(uri: str, roots: Mapping[str, str], manifest: Path) -> Path:
    for root, folder in roots.items():
        path = Path(folder, uri.removeprefix(root).lstrip("/"))
        if uri.startswith(root) and path.resolve().is_relative_to(Path(folder).resolve()) and path.is_file():
            return path
    raise MonitorError(
        f"{manifest.name} lists {uri}, which is not in {', '.join(roots.values()) or 'any known folder'}"
    )


def _side_by_side(left: Iterator[Chunk], right: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield the rows of both sides next to each other, as many at a time as both sides have read."""
    left_rows = right_rows = None
    read = 0
    while True:
        left_rows, right_rows = _next_rows(left_rows, left), _next_rows(right_rows, right)
        if left_rows is None or right_rows is None:
            break
        rows = min(left_rows.num_rows, right_rows.num_rows)
        columns = [c.combine_chunks() for part in (left_rows, right_rows) for c in part.slice(0, rows).columns]
        yield Chunk({f"_c{n}": column for n, column in enumerate(columns)}, rows, _PLACE._replace(row=read + 1))
        left_rows, right_rows, read = left_rows.slice(rows), right_rows.slice(rows), read + rows
    if left_rows is not None or right_rows is not None:
        raise MonitorError(
            f"captured inputs and outputs have different numbers of rows: one side has {read}, the other more"
        )


def _next_rows(table: pa.Table | None, chunks: Iterator[Chunk]) -> pa.Table | None:
    if table is not None and table.num_rows:
        return table
    chunk = next(chunks, None)
    return None if chunk is None else pa.table(list(chunk.columns.values()), names=list(chunk.columns))
