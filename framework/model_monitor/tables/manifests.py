"""What a batch transform captured: manifests that list its input and output files.

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

KINDS = ("input", "output")
_PLACE = Place(Slice(Path("captured data"), 0, 0), False, 1)


def read(
    partition: Partition,
    roots: Mapping[str, str] | None = None,
    header: bool = False,
    output_columns_position: str = "START",
    **_: Any,
) -> Iterator[Chunk]:
    """The rows of the CSV files that manifests list.

    Where there are manifests of inputs and of outputs (their folders are called so), each row is the output's columns
    and the input's, in the order that ``output_columns_position`` says; else it is those of the files.

    Args:
        partition: manifests.
        roots: beginning of a URI -> the folder that holds the objects below it.
        header: whether the input files begin with names.
        output_columns_position: START or END.

    Raises:
        MonitorError: no manifest, a file that is not there, or inputs and outputs that do not fit each other.
    """
    listed = {
        kind: _listed([part.file for part in partition if kind in part.file.parts], roots or {}) for kind in KINDS
    }
    if not all(listed.values()):
        yield from csv_files.read(_listed([part.file for part in partition], roots or {}), header)
        return
    inputs, outputs = csv_files.read(listed["input"], header), csv_files.read(listed["output"], False)
    yield from _side_by_side(*((outputs, inputs) if output_columns_position == "START" else (inputs, outputs)))


def _listed(manifests: list[Path], roots: Mapping[str, str]) -> Partition:
    """The files that manifests list, as they list them."""
    return whole_files([_found(uri, roots, manifest) for manifest in manifests for uri in _uris(manifest)])


def _uris(manifest: Path) -> list[str]:
    try:
        first, *names = json.loads(manifest.read_text(encoding="utf-8"))
        return [first["prefix"] + name for name in names]
    except (OSError, ValueError, LookupError, TypeError):
        raise MonitorError(f'{manifest.name} is no manifest: [{{"prefix": "s3://..."}}, "file", ...]') from None


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
    one = other = None
    read = 0
    while True:
        one, other = _at_hand(one, left), _at_hand(other, right)
        if one is None or other is None:
            break
        rows = min(one.num_rows, other.num_rows)
        columns = [c.combine_chunks() for part in (one, other) for c in part.slice(0, rows).columns]
        yield Chunk({f"_c{n}": column for n, column in enumerate(columns)}, rows, _PLACE._replace(row=read + 1))
        one, other, read = one.slice(rows), other.slice(rows), read + rows
    if one is not None or other is not None:
        raise MonitorError(f"captured inputs and outputs differ in their rows; both have {read}, one has more")


def _at_hand(table: pa.Table | None, chunks: Iterator[Chunk]) -> pa.Table | None:
    if table is not None and table.num_rows:
        return table
    chunk = next(chunks, None)
    return None if chunk is None else pa.table(list(chunk.columns.values()), names=list(chunk.columns))
