"""What was predicted, merged with what turned out to be true: the records that AWS's merge job makes.

    {"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "..."}, "eventVersion": "0"}

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables import capture
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.json_lines import chunks
from model_monitor.tables.partitions import Partition

MEMBER = "groundTruthData"
_AT_ONCE = 10_000


@dataclass
class MergeCounts:
    """How many records there were of either kind, and how many of them met."""

    predictions: int = 0
    truths: int = 0
    met: int = 0


def merge(captured: Sequence[Path], truths: Sequence[Path], counts: MergeCounts) -> Iterator[dict[str, Any]]:
    """Each captured record whose truth is known, with ``groundTruthData``; the others are left out, and counted.

    They meet by ``inferenceId`` where a prediction has one, else by ``eventId``. The truths wait in a temporary file:
    memory does not grow with them.

    Args:
        captured: files of an endpoint's or a batch transform's records.
        truths: files of ground truth.
        counts: is counted up.

    Raises:
        MonitorError: a line that is no such record, or two truths for one id that differ.
    """
    with _kept(truths) as known:
        counts.truths = known.execute("SELECT COUNT(*) FROM truth").fetchone()[0]
        for file in captured:
            for where, record in capture.records(file):
                counts.predictions += 1
                found = known.execute("SELECT data FROM truth WHERE id = ?", [_id(record, where)]).fetchone()
                if found:
                    counts.met += 1
                    yield record | {MEMBER: json.loads(found[0])}


def read(partition: Partition, captureIndexNames: Sequence[str] = ("endpointOutput",), **_: Any) -> Iterator[Chunk]:  # noqa: N803  the analyzer's own word
    """A row for each line of each merged record: the response's columns, then ``groundTruthData``.

    Raises:
        MonitorError: a record without the truth, or with more or fewer lines of it than of the response.
    """
    widths: set[int] = set()
    for part in partition:
        rows = (
            row
            for where, record in capture.records(part.file)
            for row in _rows(record, captureIndexNames, where, widths)
        )
        yield from chunks(part, rows)


def _rows(record: dict[str, Any], parts: Sequence[str], where: str, widths: set[int]) -> Iterator[dict[str, Any]]:
    truth = capture.part(record, MEMBER, where)
    predicted = list(capture.rows(record, parts, where, widths))
    if len(truth) != len(predicted):
        raise MonitorError(f"{where}: {len(truth)} lines of {MEMBER}, and {len(predicted)} of {' and '.join(parts)}")
    for row, true in zip(predicted, truth, strict=True):
        values = list(true.values()) if isinstance(true, dict) else true
        if len(values) != 1:
            raise MonitorError(f"{where}: {MEMBER} has {len(values)} values for a prediction; it must be one")
        yield row | {MEMBER: None if values[0] == "" else values[0]}


@contextmanager
def _kept(files: Sequence[Path]) -> Iterator[sqlite3.Connection]:
    """The truths by id."""
    with NamedTemporaryFile(suffix=".sqlite") as file, closing(sqlite3.connect(file.name)) as known:
        known.execute("PRAGMA journal_mode = OFF")
        known.execute("PRAGMA synchronous = OFF")
        known.execute("CREATE TABLE truth (id TEXT PRIMARY KEY, data TEXT) WITHOUT ROWID")
        records = (record for path in files for record in _truths(path))
        while some := list(islice(records, _AT_ONCE)):
            before = known.total_changes
            known.executemany("INSERT OR IGNORE INTO truth VALUES (?, ?)", [truth[:2] for truth in some])
            if known.total_changes - before < len(some):
                _check_the_same(known, some)
        yield known


def _check_the_same(known: sqlite3.Connection, truths: Sequence[tuple[str, str, str]]) -> None:
    for identifier, data, where in truths:
        first = known.execute("SELECT data FROM truth WHERE id = ?", [identifier]).fetchone()[0]
        if first != data:
            values = " and ".join(repr(json.loads(one).get("data")) for one in (first, data))
            raise MonitorError(f"{where}: there are two truths for {identifier!r}, {values}; keep one of them")


def _truths(file: Path) -> Iterator[tuple[str, str, str]]:
    """Id, truth and place of each record."""
    for where, record in capture.records(file, MEMBER, "ground truth record"):
        yield _id(record, where), json.dumps(record[MEMBER], sort_keys=True), where


def _id(record: dict[str, Any], where: str) -> str:
    metadata = record.get("eventMetadata")
    found = metadata.get("inferenceId") or metadata.get("eventId") if isinstance(metadata, dict) else None
    if not isinstance(found, str) or not found.isprintable():
        raise MonitorError(f"{where}: eventMetadata has neither an inferenceId nor an eventId that is a text")
    return found
