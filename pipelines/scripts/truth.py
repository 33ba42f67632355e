"""Scores and what turned out to be true, joined by id: ``prediction,truth`` for each score whose truth is known.

The truths wait in a temporary file, so memory does not grow with them.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile

from pipelines.scripts.container import InputError

AT_ONCE = 10_000
CACHE_KIB = 64 << 10
COLUMNS = PREDICTION, TRUTH = "prediction", "truth"


@dataclass
class Joined:
    """How many scores and truths there were, and how they met.

    ``without_truth`` are scores, ``without_score`` and ``repeated`` (the same truth once more) are truths.
    """

    scores: int = 0
    truths: int = 0
    joined: int = 0
    without_truth: int = 0
    without_score: int = 0
    repeated: int = 0


def join(scores: Sequence[Path], truths: Sequence[Path], target: Path, identifier: str, label: str) -> Joined:
    """Write ``target``; how the rows met.

    Args:
        scores: CSV without a header: id, prediction.
        truths: CSV: with a header, the columns ``identifier`` and ``label`` among others; without one, these two alone.
        target: CSV with the header ``prediction,truth``.
        identifier, label: the columns' names.

    Raises:
        InputError: a file is no such table, two truths for one id differ, or no id has both.
    """
    counts = Joined()
    with _kept(truths, identifier, label, counts) as known:
        with target.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            rows = (row for path in scores for row in _scores(path))
            while some := list(islice(rows, AT_ONCE)):
                writer.writerows(_met(known, some, counts))
        counts.without_score = known.execute("SELECT COUNT(*) FROM truth WHERE NOT met").fetchone()[0]
    if not counts.joined:
        raise InputError(
            f"none of {counts.scores} scores has one of {counts.truths} truths: no {identifier!r} is the same in both"
        )
    return counts


def _met(known: sqlite3.Connection, rows: list[tuple[str, str]], counts: Joined) -> list[tuple[str, str]]:
    """Prediction and truth of the scores that have one."""
    found = []
    for identifier, prediction in rows:
        truth = known.execute("SELECT value FROM truth WHERE id = ?", [identifier]).fetchone()
        if truth:
            found.append((prediction, truth[0]))
    known.executemany("UPDATE truth SET met = 1 WHERE id = ?", ([identifier] for identifier, _ in rows))
    counts.scores += len(rows)
    counts.joined += len(found)
    counts.without_truth += len(rows) - len(found)
    return found


def _scores(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.reader(file), 1):
            if len(row) != 2:
                raise InputError(f"{path.name}, row {number}: {len(row)} cells, where an id and a score belong")
            yield row[0], row[1]


@contextmanager
def _kept(files: Sequence[Path], identifier: str, label: str, counts: Joined) -> Iterator[sqlite3.Connection]:
    """The truths by id.

    Raises:
        InputError: two for one id differ.
    """
    with NamedTemporaryFile(suffix=".sqlite") as file, closing(sqlite3.connect(file.name)) as known:
        known.execute("PRAGMA journal_mode = OFF")
        known.execute("PRAGMA synchronous = OFF")
        known.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        known.execute("CREATE TABLE truth (id TEXT PRIMARY KEY, value TEXT, met INTEGER DEFAULT 0) WITHOUT ROWID")
        rows = (row for path in files for row in _truths(path, identifier, label))
        while some := list(islice(rows, AT_ONCE)):
            before = known.total_changes
            known.executemany("INSERT OR IGNORE INTO truth (id, value) VALUES (?, ?)", some)
            counts.truths += len(some)
            if known.total_changes - before < len(some):
                counts.repeated += len(some) - (known.total_changes - before)
                _check_the_same(known, some)
        yield known


def _check_the_same(known: sqlite3.Connection, rows: list[tuple[str, str]]) -> None:
    for identifier, value in rows:
        (first,) = known.execute("SELECT value FROM truth WHERE id = ?", [identifier]).fetchone()
        if first != value:
            raise InputError(f"the truth of {identifier!r} is both {first!r} and {value!r}; keep one of them")


def _truths(path: Path, identifier: str, label: str) -> Iterator[tuple[str, str]]:
    """Id and truth of each row; one without either is left out, as its truth is not known yet."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        first = next(rows, None)
        if first is None:
            return
        at = _columns(first, path, identifier, label)
        header = first if identifier in first else None
        for number, row in enumerate(rows if header else _again(first, rows), 2 if header else 1):
            if row and len(row) != len(first):
                raise InputError(f"{path.name}, row {number}: {len(row)} cells where {len(first)} belong")
            if row and row[at[0]] and row[at[1]]:
                yield row[at[0]], row[at[1]]


def _again(first: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rows


def _columns(first: list[str], path: Path, identifier: str, label: str) -> tuple[int, int]:
    """Where id and truth stand in a row."""
    if identifier in first and label in first:
        return first.index(identifier), first.index(label)
    if identifier in first or label in first or len(first) != 2:
        raise InputError(
            f"{path.name}: ground truth has a header with {identifier} and {label}, or no header and these two "
            f"columns; its first row is {', '.join(first)[:200]}"
        )
    return 0, 1
