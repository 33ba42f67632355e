"""Join scores with their ground truth by id: ``prediction,truth`` for each score whose ground truth is known.

``read_ground_truth`` and ``find_label`` look up the ground truth alone, to join it with something else.

The ground truth is kept in a temporary file, so memory does not grow with it.
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

BATCH_ROWS = 10_000
CACHE_KIB = 64 << 10
#: Cells that stand for a ground truth that is not known yet.
MISSING = frozenset(NULLS)
#: The characters, and lines, by which the separator is recognised.
BEGINNING_CHARACTERS, BEGINNING_LINES = 64 << 10, 100
OPEN_OPTIONS: dict[str, Any] = {"newline": "", "encoding": "utf-8-sig"}
JOINED_COLUMNS = PREDICTION_COLUMN, TRUTH_COLUMN = "prediction", "truth"


@dataclass
class JoinedScores:
    """Counts the scores, the ground-truth values, and how they were joined.

    ``without_truth`` are scores, and so are ``repeated_scores``, whose id another score has. ``without_score`` and
    ``repeated`` (the same value again) are ground-truth values.
    """

    scores: int = 0
    truths: int = 0
    joined: int = 0
    without_truth: int = 0
    without_score: int = 0
    repeated: int = 0
    repeated_scores: int = 0


def ground_truth_parser(schema: Schema) -> Callable[[str], str]:
    """Return a function that converts a ground-truth cell so that it can be compared with a score.

    It raises ValueError, which says what the cell should be. It returns "" for a row of a class that training skipped:
    such a row has no ground truth here either.

    Args:
        schema: of the model that scored.
    """
    classes, rare_classes = schema.classes, schema.rare_classes
    if not classes:
        spelling = schema.spellings.get(schema.label)
        return (
            _normalise_number
            if spelling is None
            else lambda text: _normalise_number(plain) if (plain := spelling.to_plain(text)) else ""
        )
    # As the model returns it: for two classes the probability of 1, for several the number as a 32-bit float.
    numbers = {name: str(number) if len(classes) == 2 else f"{number}.0" for number, name in enumerate(classes)}
    numbers |= {name: numbers[counts_as] for name, counts_as in rare_classes.items() if counts_as is not None}

    def parse_class(text: str) -> str:
        if text in rare_classes and text not in numbers:
            return ""
        if text not in numbers:
            raise ValueError(f"is not one of the classes {', '.join(classes)}")
        return numbers[text]

    return parse_class


def join(
    scores: Sequence[Path],
    ground_truth: Sequence[Path],
    target: Path,
    identifier: str,
    label: str,
    parse: Callable[[str], str],
) -> JoinedScores:
    """Write ``target``; return how the rows were joined.

    Args:
        scores: CSV without a header: id, prediction.
        ground_truth: CSV: with a header, the columns ``identifier`` and ``label``, maybe among others; without one,
            these two only.
        target: CSV with the header ``prediction,truth``.
        identifier, label: the columns' names.
        parse: converts a ground-truth cell; see ``ground_truth_parser``.

    Raises:
        InputError: a file is not such a table, two ground-truth values of one id differ, or no id has both.
    """
    counts = JoinedScores()
    with read_ground_truth(ground_truth, (identifier, label, parse), counts) as database:
        with target.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(JOINED_COLUMNS)
            rows = (row for path in scores for row in _read_scores(path))
            while batch := list(islice(rows, BATCH_ROWS)):
                writer.writerows(_join_batch(database, batch, counts))
        counts.without_score = database.execute("SELECT COUNT(*) FROM ground_truth WHERE NOT matches").fetchone()[0]
        counts.repeated_scores = database.execute(
            "SELECT COALESCE(SUM(matches - 1), 0) FROM ground_truth WHERE matches"
        ).fetchone()[0]
    for rows_name, count in (("scores", counts.scores), ("ground-truth values", counts.truths)):
        if not count:
            raise InputError(f"there are no {rows_name} to compare")
    if not counts.joined:
        raise InputError(
            f"none of {counts.scores} scores has one of {counts.truths} ground-truth values: no "
            f"{identifier!r} is the same in both"
        )
    return counts


def _join_batch(
    database: sqlite3.Connection, rows: list[tuple[str, str]], counts: JoinedScores
) -> list[tuple[str, str]]:
    """Return prediction and ground truth of the scores that have both, and count the others."""
    joined = []
    for identifier, prediction in rows:
        label = find_label(database, identifier)
        if label is not None:
            joined.append((prediction, label))
    database.executemany(
        "UPDATE ground_truth SET matches = matches + 1 WHERE id = ?", ([identifier] for identifier, _ in rows)
    )
    counts.scores += len(rows)
    counts.joined += len(joined)
    counts.without_truth += len(rows) - len(joined)
    return joined


def find_label(database: sqlite3.Connection, identifier: str) -> str | None:
    """Return the ground truth of an id; None if it is not known."""
    row = database.execute("SELECT value FROM ground_truth WHERE id = ?", [identifier]).fetchone()
    return row[0] if row else None


def _read_scores(path: Path) -> Iterator[tuple[str, str]]:
    for number, row in _read_rows(path):
        if len(row) != 2:
            raise InputError(f"{path.name}, row {number}: {len(row)} cells instead of an id and a score")
        yield row[0], row[1]


@contextmanager
def read_ground_truth(
    files: Sequence[Path], columns: tuple[str, str, Callable[[str], str]], counts: JoinedScores
) -> Iterator[sqlite3.Connection]:
    """Open a temporary database of the ground truth, for ``find_label``.

    Args:
        files: see ``join``.
        columns: identifier, label and parse; see ``join``.
        counts: the counts of ground-truth values are added to it.

    Raises:
        InputError: a file is not such a table, or two ground-truth values of one id differ.
    """
    identifier, label, parse = columns
    (identifier,), (label,) = clean([identifier]), clean([label])
    with NamedTemporaryFile(suffix=".sqlite") as file, closing(sqlite3.connect(file.name)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        database.execute(
            "CREATE TABLE ground_truth (id TEXT PRIMARY KEY, value TEXT, matches INTEGER DEFAULT 0) WITHOUT ROWID"
        )
        rows = (row for path in files for row in _read_values(path, identifier, label, parse))
        while batch := list(islice(rows, BATCH_ROWS)):
            changes_before = database.total_changes
            database.executemany("INSERT OR IGNORE INTO ground_truth (id, value) VALUES (?, ?)", batch)
            counts.truths += len(batch)
            if database.total_changes - changes_before < len(batch):
                counts.repeated += len(batch) - (database.total_changes - changes_before)
                _check_repeated(database, batch)
        yield database


def _check_repeated(database: sqlite3.Connection, rows: list[tuple[str, str]]) -> None:
    for identifier, value in rows:
        first_value = find_label(database, identifier)
        if first_value != value:
            raise InputError(
                f"the ground truth of {identifier!r} is both {first_value!r} and {value!r}; keep one of them"
            )


def _read_values(path: Path, identifier: str, label: str, parse: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield id and ground truth of each row; a row without either is skipped, as its ground truth is not known yet."""
    width, (id_position, label_position) = 0, (0, 1)
    for number, row in _read_rows(path):
        if not width:
            width = len(row)
            id_position, label_position = _column_positions(row, path, identifier, label)
            if identifier in clean(row):
                continue
        if len(row) != width:
            raise InputError(f"{path.name}, row {number}: {len(row)} cells instead of {width}")
        if row[id_position] and row[label_position] not in MISSING:
            try:
                value = parse(row[label_position])
            except ValueError as error:
                raise InputError(
                    f"{path.name}, row {number}: the ground truth {row[label_position][:80]!r} {error}"
                ) from None
            if value not in MISSING:
                yield row[id_position], value


def _normalise_number(text: str) -> str:
    """Return the number in one spelling: 9 and 9.0 are the same ground truth."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("is not a number")
    return repr(value)


def _read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, with their numbers; cells are stripped."""
    try:
        with gzip.open(path, "rt", **OPEN_OPTIONS) if path.suffix == ".gz" else path.open(**OPEN_OPTIONS) as file:
            lines = file.read(BEGINNING_CHARACTERS).splitlines()[:BEGINNING_LINES]
            file.seek(0)
            rows = enumerate(csv.reader(file, delimiter=find_separator(lines)), 1)
            yield from ((number, [cell.strip() for cell in row]) for number, row in rows if row)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read as CSV in UTF-8: {error}") from None


def _column_positions(first_row: list[str], path: Path, identifier: str, label: str) -> tuple[int, int]:
    """Return the positions of id and ground truth in a row."""
    names = [name for cell in first_row for name in clean([cell])]
    if names.count(identifier) == names.count(label) == 1:
        return names.index(identifier), names.index(label)
    lower_names = {cell.lower() for cell in first_row}
    if {identifier.lower(), label.lower()} & lower_names or len(first_row) != 2:
        raise InputError(
            f"{path.name}: ground truth needs a header with {identifier} and {label}, or no header and these two "
            f"columns only; its first row is {', '.join(first_row)[:200]}"
        )
    return 0, 1
