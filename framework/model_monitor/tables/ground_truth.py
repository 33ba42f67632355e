"""Merge predictions with the ground truth: yield the records that AWS's merge job writes.

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

GROUND_TRUTH_MEMBER = "groundTruthData"
_BATCH_RECORDS = 10_000


@dataclass
class MergeCounts:
    """Counts predictions, ground truth records, and predictions that met their ground truth."""

    predictions: int = 0
    truths: int = 0
    met: int = 0


def merge(captured: Sequence[Path], ground_truths: Sequence[Path], counts: MergeCounts) -> Iterator[dict[str, Any]]:
    """Yield each captured record whose ground truth is known, with ``groundTruthData``; skip and count the others.

    Records are matched by ``inferenceId`` if a prediction has one, else by ``eventId``. The ground truth is kept in a
    temporary file, so memory does not grow with it.

    Args:
        captured: files of an endpoint's or a batch transform's records.
        ground_truths: files of ground truth.
        counts: is updated.

    Raises:
        MonitorError: a line is not such a record, or two ground truths for one id differ.
    """
    with _ground_truth_table(ground_truths) as database:
        counts.truths = database.execute("SELECT COUNT(*) FROM ground_truth").fetchone()[0]
        for file in captured:
            for where, record in capture.records(file):
                counts.predictions += 1
                row = database.execute("SELECT data FROM ground_truth WHERE id = ?", [_id(record, where)]).fetchone()
                if row:
                    counts.met += 1
                    yield record | {GROUND_TRUTH_MEMBER: json.loads(row[0])}


def read(partition: Partition, captureIndexNames: Sequence[str] = ("endpointOutput",), **_: Any) -> Iterator[Chunk]:  # noqa: N803  the analyzer's own name
    """Yield a row for each line of each merged record: the response's columns, then ``groundTruthData``.

    Raises:
        MonitorError: a record has no ground truth, or more or fewer lines of it than of the response.
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
    ground_truth = capture.part_rows(record, GROUND_TRUTH_MEMBER, where)
    predicted = list(capture.rows(record, parts, where, widths))
    if len(ground_truth) != len(predicted):
        raise MonitorError(
            f"{where}: {len(ground_truth)} lines of {GROUND_TRUTH_MEMBER}, and {len(predicted)} of "
            f"{' and '.join(parts)}"
        )
    for row, true in zip(predicted, ground_truth, strict=True):
        values = list(true.values()) if isinstance(true, dict) else true
        if len(values) != 1:
            raise MonitorError(
                f"{where}: {GROUND_TRUTH_MEMBER} has {len(values)} values for a prediction; it must have one"
            )
        yield row | {GROUND_TRUTH_MEMBER: None if values[0] == "" else values[0]}


@contextmanager
def _ground_truth_table(files: Sequence[Path]) -> Iterator[sqlite3.Connection]:
    """Return a database with the ground truth by id."""
    with NamedTemporaryFile(suffix=".sqlite") as file, closing(sqlite3.connect(file.name)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE ground_truth (id TEXT PRIMARY KEY, data TEXT) WITHOUT ROWID")
        records = (record for path in files for record in _ground_truths(path))
        while batch := list(islice(records, _BATCH_RECORDS)):
            before = database.total_changes
            database.executemany(
                "INSERT OR IGNORE INTO ground_truth VALUES (?, ?)", [ground_truth[:2] for ground_truth in batch]
            )
            if database.total_changes - before < len(batch):
                _check_duplicates(database, batch)
        yield database


def _check_duplicates(database: sqlite3.Connection, ground_truths: Sequence[tuple[str, str, str]]) -> None:
    for identifier, data, where in ground_truths:
        first = database.execute("SELECT data FROM ground_truth WHERE id = ?", [identifier]).fetchone()[0]
        if first != data:
            values = " and ".join(repr(json.loads(text).get("data")) for text in (first, data))
            raise MonitorError(f"{where}: there are two ground truths for {identifier!r}, {values}; keep one of them")


def _ground_truths(file: Path) -> Iterator[tuple[str, str, str]]:
    """Yield id, ground truth and place of each record."""
    for where, record in capture.records(file, GROUND_TRUTH_MEMBER, "ground truth record"):
        yield _id(record, where), json.dumps(record[GROUND_TRUTH_MEMBER], sort_keys=True), where


def _id(record: dict[str, Any], where: str) -> str:
    metadata = record.get("eventMetadata")
    identifier = metadata.get("inferenceId") or metadata.get("eventId") if isinstance(metadata, dict) else None
    if not isinstance(identifier, str) or not identifier.isprintable():
        raise MonitorError(f"{where}: eventMetadata has neither an inferenceId nor an eventId that is a string")
    return identifier
