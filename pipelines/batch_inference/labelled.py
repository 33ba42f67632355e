"""Write the rows of a batch whose ground truth is known as training data: the raw columns and the label, with a header.

The file is named by the hash of the batch and the hash of its own content. The newest file of a batch counts: it
replaces the earlier ones when ground truth arrives later or is corrected. The same input again gives the same file.
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

from pipelines.batch_inference.ground_truth import JoinedScores, find_label, ground_truth_parser, read_ground_truth
from pipelines.batch_inference.raw_rows import Columns, Rows, read_rows
from pipelines.scripts.schema import Schema

DIGEST_LENGTH = 32  # characters of a hash: enough that no two files get the same name


def merge(
    batch: Sequence[tuple[Path, str]], ground_truth: Sequence[Path], output: Path, identifier: str, schema: Schema
) -> int:
    """Write ``<batch>-<content>.csv`` into ``output``, or nothing if no row has a ground truth; return the number of
    rows.

    Args:
        batch: each file, with its name in ids. Rows that cannot be scored are left out.
        ground_truth: see ``ground_truth.join``.
        output: a folder; it is created.
        identifier: the column that identifies a row.
        schema: of the model that scored.

    Raises:
        InputError: a file is not such a table, or two ground-truth values of one id differ.
    """
    output.mkdir(parents=True, exist_ok=True)
    columns = Columns.of(schema, identifier)
    with TemporaryDirectory() as folder:
        path = Path(folder, "labelled.csv")
        with read_ground_truth(
            ground_truth, (identifier, schema.label, _label_converter(schema)), JoinedScores()
        ) as database:
            rows = (row for file, name in batch for row in _labelled_rows(file, name, columns, database))
            count = _write_rows(path, [*schema.raw, schema.label], map(_row_formatter(schema), rows))
        if count:
            shutil.copyfile(path, output / f"{_digest(*(file for file, _ in batch))}-{_digest(path)}.csv")
    return count


def _label_converter(schema: Schema) -> Callable[[str], str]:
    """Return a function that converts a ground-truth cell to its form in training data.

    A number is written as raw files have it, a class by its name.
    """
    parse, spelling = ground_truth_parser(schema), schema.spellings.get(schema.label)

    def convert_number(text: str) -> str:
        value = parse(text)
        return spelling.format(float(value)) if spelling and value else value

    def keep_class(text: str) -> str:
        return text if parse(text) else ""

    return keep_class if schema.classes else convert_number


def _labelled_rows(file: Path, name: str, columns: Columns, database: Connection) -> Iterator[list[Any]]:
    """Yield the rows of a file that have a ground truth, which is appended to each."""
    for rows in read_rows(file, name, columns)[1]:
        yield from (row for row in _append_labels(rows, database) if row[-1] is not None)


def _append_labels(rows: Rows, database: Connection) -> Iterator[list[Any]]:
    labels = [find_label(database, identifier) for identifier in rows.ids.to_pylist()]
    return map(list, zip(*(column.to_pylist() for column in rows.table.columns), labels, strict=True))


def _row_formatter(schema: Schema) -> Callable[[list[Any]], list[Any]]:
    """Return a function that writes numbers as the schema says that raw files have them."""
    spellings = [schema.spellings.get(name) for name in schema.raw]

    def format_row(row: list[Any]) -> list[Any]:
        cells = zip(row, spellings, strict=False)  # the ground truth comes last, as it was given
        return [spelling.format(cell) if spelling and cell is not None else cell for cell, spelling in cells] + row[-1:]

    return format_row


def _write_rows(path: Path, header: Sequence[str], rows: Iterator[list[Any]]) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _digest(*paths: Path) -> str:
    """Return a hash of the files' contents, independent of their names and their order."""
    digest = hashlib.sha256()
    for content_hash in sorted(map(_hash, paths)):
        digest.update(content_hash)
    return digest.hexdigest()[:DIGEST_LENGTH]


def _hash(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
