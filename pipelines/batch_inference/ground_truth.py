"""Scores and what turned out to be true, joined by id: ``prediction,truth`` for each score whose truth is known.

``kept`` is the truths alone, for whoever joins something else with them.

The truths wait in a temporary file, so memory does not grow with them.
"""

from __future__ import annotations

import csv
import gzip
import math
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from pipelines.scripts.container import InputError
from pipelines.scripts.headers import clean
from pipelines.scripts.schema import Schema
from pipelines.scripts.separators import find_separator
from pipelines.scripts.spelling import NULLS

AT_ONCE = 10_000
CACHE_KIB = 64 << 10
#: What stands for a truth that is not known yet.
MISSING = frozenset(NULLS)
#: By so many characters, and lines, the separator is recognised.
BEGINNING, LINES = 64 << 10, 100
READ: dict[str, Any] = {"newline": "", "encoding": "utf-8-sig"}
COLUMNS = PREDICTION, TRUTH = "prediction", "truth"


@dataclass
class JoinedScores:
    """How many scores and truths there were, and how they met.

    ``without_truth`` are scores, and so are ``repeated_scores``, whose id another one has; ``without_score`` and
    ``repeated`` (the same truth once more) are truths.
    """

    scores: int = 0
    truths: int = 0
    joined: int = 0
    without_truth: int = 0
    without_score: int = 0
    repeated: int = 0
    repeated_scores: int = 0


def reader(schema: Schema) -> Callable[[str], str]:
    """How a truth is spelt so that it can be compared with a score; ValueError says what it should be.

    Rows of a class that was left out in training have no truth here either.

    Args:
        schema: of the model that scored.
    """
    classes, rare = schema.classes, schema.rare_classes
    if not classes:
        spelling = schema.spellings.get(schema.label)
        return (
            _number if spelling is None else lambda text: _number(plain) if (plain := spelling.to_plain(text)) else ""
        )
    # As the model answers: of two classes the probability of 1, of several the number as a 32-bit float.
    numbers = {name: str(number) if len(classes) == 2 else f"{number}.0" for number, name in enumerate(classes)}
    numbers |= {name: numbers[counts_as] for name, counts_as in rare.items() if counts_as is not None}

    def number_of(text: str) -> str:
        if text in rare and text not in numbers:
            return ""
        if text not in numbers:
            raise ValueError(f"is none of the classes {', '.join(classes)}")
        return numbers[text]

    return number_of


def join(
    scores: Sequence[Path],
    truths: Sequence[Path],
    target: Path,
    identifier: str,
    label: str,
    read: Callable[[str], str],
) -> JoinedScores:
    """Write ``target``; how the rows met.

    Args:
        scores: CSV without a header: id, prediction.
        truths: CSV: with a header, the columns ``identifier`` and ``label`` among others; without one, these two alone.
        target: CSV with the header ``prediction,truth``.
        identifier, label: the columns' names.
        read: the truth as it is compared; see ``reader``.

    Raises:
        InputError: a file is no such table, two truths for one id differ, or no id has both.
    """
    counts = JoinedScores()
    with read_ground_truth(truths, (identifier, label, read), counts) as known:
        with target.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            rows = (row for path in scores for row in _scores(path))
            while some := list(islice(rows, AT_ONCE)):
                writer.writerows(_met(known, some, counts))
        counts.without_score = known.execute("SELECT COUNT(*) FROM truth WHERE NOT met").fetchone()[0]
        counts.repeated_scores = known.execute("SELECT COALESCE(SUM(met - 1), 0) FROM truth WHERE met").fetchone()[0]
    for what, count in (("scores", counts.scores), ("truths", counts.truths)):
        if not count:
            raise InputError(f"there are no {what} to compare")
    if not counts.joined:
        raise InputError(
            f"none of {counts.scores} scores has one of {counts.truths} truths: no {identifier!r} is the same in both"
        )
    return counts


def _met(known: sqlite3.Connection, rows: list[tuple[str, str]], counts: JoinedScores) -> list[tuple[str, str]]:
    """Prediction and truth of the scores that have one."""
    found = []
    for identifier, prediction in rows:
        truth = find_label(known, identifier)
        if truth is not None:
            found.append((prediction, truth))
    known.executemany("UPDATE truth SET met = met + 1 WHERE id = ?", ([identifier] for identifier, _ in rows))
    counts.scores += len(rows)
    counts.joined += len(found)
    counts.without_truth += len(rows) - len(found)
    return found


def find_label(known: sqlite3.Connection, identifier: str) -> str | None:
    """The truth of an id; None where it is not known."""
    found = known.execute("SELECT value FROM truth WHERE id = ?", [identifier]).fetchone()
    return found[0] if found else None


def _scores(path: Path) -> Iterator[tuple[str, str]]:
    for number, row in _rows(path):
        if len(row) != 2:
            raise InputError(f"{path.name}, row {number}: {len(row)} cells, where an id and a score belong")
        yield row[0], row[1]


@contextmanager
def read_ground_truth(
    files: Sequence[Path], columns: tuple[str, str, Callable[[str], str]], counts: JoinedScores
) -> Iterator[sqlite3.Connection]:
    """The truths, for ``truth_of``.

    Args:
        files: see ``join``.
        columns: identifier, label and read; see ``join``.
        counts: those of the truths are added to.

    Raises:
        InputError: a file is no such table, or two truths for one id differ.
    """
    identifier, label, read = columns
    (identifier,), (label,) = clean([identifier]), clean([label])
    with NamedTemporaryFile(suffix=".sqlite") as file, closing(sqlite3.connect(file.name)) as known:
        known.execute("PRAGMA journal_mode = OFF")
        known.execute("PRAGMA synchronous = OFF")
        known.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        known.execute("CREATE TABLE truth (id TEXT PRIMARY KEY, value TEXT, met INTEGER DEFAULT 0) WITHOUT ROWID")
        rows = (row for path in files for row in _truths(path, identifier, label, read))
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
        first = find_label(known, identifier)
        if first != value:
            raise InputError(f"the truth of {identifier!r} is both {first!r} and {value!r}; keep one of them")


def _truths(path: Path, identifier: str, label: str, read: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Id and truth of each row; one without either is left out, as its truth is not known yet."""
    width, at = 0, (0, 1)
    for number, row in _rows(path):
        if not width:
            width, at = len(row), _columns(row, path, identifier, label)
            if identifier in clean(row):
                continue
        if len(row) != width:
            raise InputError(f"{path.name}, row {number}: {len(row)} cells where {width} belong")
        if row[at[0]] and row[at[1]] not in MISSING:
            try:
                truth = read(row[at[1]])
            except ValueError as error:
                raise InputError(f"{path.name}, row {number}: the truth {row[at[1]][:80]!r} {error}") from None
            if truth not in MISSING:
                yield row[at[0]], truth


def _number(text: str) -> str:
    """The number in one spelling: 9 and 9.0 are the same truth."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("is no number")
    return repr(value)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, with their numbers; cells without spaces around them."""
    try:
        with gzip.open(path, "rt", **READ) if path.suffix == ".gz" else path.open(**READ) as file:
            lines = file.read(BEGINNING).splitlines()[:LINES]
            file.seek(0)
            rows = enumerate(csv.reader(file, delimiter=find_separator(lines)), 1)
            yield from ((number, [cell.strip() for cell in row]) for number, row in rows if row)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read as CSV in UTF-8: {error}") from None


def _columns(first: list[str], path: Path, identifier: str, label: str) -> tuple[int, int]:
    """Where id and truth stand in a row."""
    names = [name for cell in first for name in clean([cell])]
    if names.count(identifier) == names.count(label) == 1:
        return names.index(identifier), names.index(label)
    lower = {cell.lower() for cell in first}
    if {identifier.lower(), label.lower()} & lower or len(first) != 2:
        raise InputError(
            f"{path.name}: ground truth has a header with {identifier} and {label}, or no header and these two "
            f"columns; its first row is {', '.join(first)[:200]}"
        )
    return 0, 1
