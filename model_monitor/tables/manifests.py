"""What a batch transform captured: manifests that list its input and output files.

    [{"prefix": "s3://bucket/folder/"}, "a.csv", "b.csv"]

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-batch.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from model_monitor.errors import MonitorError
from model_monitor.tables import csv_files
from model_monitor.tables.chunk import Chunk

import pyarrow as pa

KINDS = ("input", "output")


def read(
    files: list[Path],
    roots: Mapping[str, str] | None = None,
    header: bool = False,
    output_columns_position: str = "START",
    **_: Any,
) -> Iterator[Chunk]:
    """The rows of the CSV files that manifests list.

    Where there are manifests of inputs and of outputs (their folders are called so), each row is the output's columns
    and the input's, in the order that ``output_columns_position`` says; else it is those of the files.

    Args:
        files: manifests.
        roots: beginning of a URI -> the folder that holds the objects below it.
        header: whether the input files begin with names.
        output_columns_position: START or END.

    Raises:
        MonitorError: no manifest, a file that is not there, or inputs and outputs that do not fit each other.
    """
    listed = {
        kind: [data for file in files if kind in file.parts for data in _listed(file, roots or {})] for kind in KINDS
    }
    if not all(listed.values()):
        yield from csv_files.read([data for file in files for data in _listed(file, roots or {})], header)
        return
    inputs, outputs = csv_files.read(listed["input"], header), csv_files.read(listed["output"], False)
    yield from _side_by_side(*((outputs, inputs) if output_columns_position == "START" else (inputs, outputs)))


def _listed(manifest: Path, roots: Mapping[str, str]) -> list[Path]:
    """The files that a manifest lists."""
    try:
        first, *names = json.loads(manifest.read_text(encoding="utf-8"))
        uris = [first["prefix"] + name for name in names]
    except (OSError, ValueError, LookupError, TypeError):
        raise MonitorError(f'{manifest.name} is no manifest: [{{"prefix": "s3://..."}}, "file", ...]') from None
    return [_found(uri, roots, manifest) for uri in uris]


def _found(uri: str, roots: Mapping[str, str], manifest: Path) -> Path:
    for root, folder in roots.items():
        path = Path(folder, uri.removeprefix(root).lstrip("/"))
        if uri.startswith(root) and path.resolve().is_relative_to(Path(folder).resolve()) and path.is_file():
            return path
    raise MonitorError(
        f"{manifest.name} lists {uri}, which is not in {', '.join(roots.values()) or 'any known folder'}"
    )


def _side_by_side(left: Iterator[Chunk], right: Iterator[Chunk]) -> Iterator[Chunk]:
    """Rows of both next to each other, as many at a time as both have at hand."""
    first, one, other = 1, None, None
    while True:
        one, other = _at_hand(one, left), _at_hand(other, right)
        if one is None or other is None:
            break
        rows = min(one.num_rows, other.num_rows)
        columns = [c.combine_chunks() for part in (one, other) for c in part.slice(0, rows).columns]
        yield Chunk({f"_c{n}": column for n, column in enumerate(columns)}, rows, "captured data", first)
        one, other, first = one.slice(rows), other.slice(rows), first + rows
    if one is not None or other is not None:
        raise MonitorError(f"captured inputs and outputs differ in their rows; both have {first - 1}, one has more")


def _at_hand(table: pa.Table | None, chunks: Iterator[Chunk]) -> pa.Table | None:
    if table is not None and table.num_rows:
        return table
    chunk = next(chunks, None)
    return None if chunk is None else pa.table(list(chunk.columns.values()), names=list(chunk.columns))
