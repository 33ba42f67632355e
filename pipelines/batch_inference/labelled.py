"""Rows of a batch whose truth has come, as training data: the raw columns and the label, with a header.

The file is called by the hash of the batch and the hash of its own content. Of one batch the newest file counts: a
truth that came later, or was corrected, stands for the one before. The same again is the same file.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from sqlite3 import Connection
from tempfile import TemporaryDirectory
from typing import Any

from pipelines.batch_inference.ground_truth import JoinedScores, find_label, read_ground_truth, reader
from pipelines.batch_inference.raw_rows import Columns, Rows, read_rows
from pipelines.scripts.schema import Schema

DIGITS = 32  # of a hash: no two files meet


def merge(
    batch: Sequence[tuple[Path, str]], truths: Sequence[Path], output: Path, identifier: str, schema: Schema
) -> int:
    """Write ``<batch>-<content>.csv`` into ``output``, or nothing where no row has a truth; how many rows it has.

    Args:
        batch: each file, with what it is called in ids. Rows that cannot be scored are left out.
        truths: see ``truth.join``.
        output: a folder; it is made.
        identifier: the column that names a row.
        schema: of the model that scored.

    Raises:
        InputError: a file is no such table, or two truths for one id differ.
    """
    output.mkdir(parents=True, exist_ok=True)
    columns = Columns.of(schema, identifier)
    with TemporaryDirectory() as folder:
        path = Path(folder, "labelled.csv")
        with read_ground_truth(truths, (identifier, schema.label, _spelling(schema)), JoinedScores()) as known:
            rows = (row for file, name in batch for row in _labelled(file, name, columns, known))
            count = _written(path, [*schema.raw, schema.label], map(_writer(schema), rows))
        if count:
            shutil.copyfile(path, output / f"{_digest(*(file for file, _ in batch))}-{_digest(path)}.csv")
    return count


def _spelling(schema: Schema) -> Callable[[str], str]:
    """How a truth is spelt among training data: a number as raw files have it, or a class by its name."""
    read, spelling = reader(schema), schema.spellings.get(schema.label)

    def number(text: str) -> str:
        found = read(text)
        return spelling.format(float(found)) if spelling and found else found

    def name(text: str) -> str:
        return text if read(text) else ""

    return name if schema.classes else number


def _labelled(file: Path, name: str, columns: Columns, known: Connection) -> Iterator[list[Any]]:
    """The rows of a file that have a truth, each with it in the end."""
    for rows in read_rows(file, name, columns)[1]:
        yield from (row for row in _with_truths(rows, known) if row[-1] is not None)


def _with_truths(rows: Rows, known: Connection) -> Iterator[list[Any]]:
    truths = [find_label(known, identifier) for identifier in rows.ids.to_pylist()]
    return map(list, zip(*(column.to_pylist() for column in rows.table.columns), truths, strict=True))


def _writer(schema: Schema) -> Callable[[list[Any]], list[Any]]:
    """Numbers as the schema says that raw files have them."""
    spellings = [schema.spellings.get(name) for name in schema.raw]

    def written(row: list[Any]) -> list[Any]:
        cells = zip(row, spellings, strict=False)  # the truth is behind them, as it came
        return [one.format(cell) if one and cell is not None else cell for cell, one in cells] + row[-1:]

    return written


def _written(path: Path, header: Sequence[str], rows: Iterator[list[Any]]) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _digest(*paths: Path) -> str:
    """Of the contents, whatever the files are called and in whatever order."""
    found = hashlib.sha256()
    for one in sorted(map(_hash, paths)):
        found.update(one)
    return found.hexdigest()[:DIGITS]


def _hash(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
