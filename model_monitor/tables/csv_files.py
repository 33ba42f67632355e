"""CSV, every cell a text: an empty cell is missing, a quoted empty one is an empty text, as Spark reads them."""

from __future__ import annotations

import csv as python_csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_monitor.errors import MonitorError
from model_monitor.tables.chunk import BLOCK_BYTES, Chunk, Place
from model_monitor.tables.files import opened, unreadable
from model_monitor.tables.partitions import Partition, Slice

import pyarrow as pa
import pyarrow.csv as csv

#: A block of a very wide file still holds some rows.
_BYTES_PER_COLUMN = 8 << 10
_HEADER_BYTES = 4 << 20
_WRONG_WIDTH = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def read(partition: Partition, header: bool = True, **_: Any) -> Iterator[Chunk]:
    """The rows of a partition.

    Args:
        partition: of files in UTF-8, packed or not.
        header: whether each file begins with the columns' names; without, they are _c0, _c1 ...

    Raises:
        MonitorError: a row with another number of columns, text that is not UTF-8, or a file that breaks off.
    """
    for part in partition:
        if names := names_of(part.file, header):
            yield from _chunks(part, names, header)


def names_of(file: Path, header: bool) -> list[str]:
    """The columns' names; none where the file is empty.

    A name that is not there, or there twice, gets the column's number, as Spark gives it.
    """
    try:
        with opened(file) as stream:
            head = stream.read(_HEADER_BYTES).decode("utf-8-sig", errors="ignore")
    except (OSError, pa.ArrowException) as error:
        raise unreadable(file, error) from None
    first = next((row for row in python_csv.reader(io.StringIO(head, newline="")) if row), [])
    if not header:
        return [f"_c{number}" for number in range(len(first))]
    often = Counter(name.lower() for name in first)
    return [
        f"{name}{number}" if often[name.lower()] > 1 else name or f"_c{number}" for number, name in enumerate(first)
    ]


def check_same_columns(files: list[Path], header: bool) -> None:
    """Raise MonitorError at the first file whose columns are not those of the first."""
    filled = [(file, names) for file in files if (names := names_of(file, header))]
    for file, names in filled[1:]:
        if names != filled[0][1]:
            difference = _difference(filled[0][1], names)
            raise MonitorError(f"{file.name} has other columns than {filled[0][0].name}: {difference}")


def _chunks(part: Slice, names: list[str], header: bool) -> Iterator[Chunk]:
    keys = [str(number) for number in range(len(names))]
    first = Place(part, header, 1)
    try:
        with opened(part) as stream, csv.open_csv(stream, *_options(part, keys, header)) as batches:
            for batch in batches:
                if batch.num_rows:
                    yield Chunk(dict(zip(names, batch.columns, strict=True)), batch.num_rows, first)
                    first = first._replace(row=first.row + batch.num_rows)
    except pa.ArrowInvalid as error:
        raise _explained(part, str(error), names, header) from None
    except (OSError, pa.ArrowException) as error:
        raise unreadable(part.file, error) from None


def _options(part: Slice, keys: list[str], header: bool) -> tuple[Any, ...]:
    return (
        csv.ReadOptions(
            column_names=keys,
            skip_rows_after_names=1 if header and not part.start else 0,
            block_size=max(BLOCK_BYTES, len(keys) * _BYTES_PER_COLUMN),
            use_threads=False,  # these would read many blocks ahead
        ),
        csv.ParseOptions(newlines_in_values=_has_quotes(part)),
        csv.ConvertOptions(
            column_types={key: pa.string() for key in keys},
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )


def _has_quotes(part: Slice) -> bool:
    """Whether a field may hold a line break. What has not a single quote is read faster."""
    try:
        with opened(part) as stream:
            while block := stream.read(BLOCK_BYTES):
                if b'"' in block:
                    return True
    except (OSError, pa.ArrowException):  # told when its rows are read
        return True
    return False


def _explained(part: Slice, message: str, names: list[str], header: bool) -> MonitorError:
    if match := _WRONG_WIDTH.search(message):
        place = Place(part, header, int(match[1]) - int(header and not part.start))
        return MonitorError(f"{place}: {match[3]} columns where {match[2]} belong ({', '.join(names[:5])} ...)")
    if "UTF8" in message:
        return MonitorError(f"{part.file.name}: {message.splitlines()[0]}; the file must be UTF-8")
    return unreadable(part.file, Exception(message))


def _difference(wanted: list[str], found: list[str]) -> str:
    if len(wanted) != len(found):
        return f"{len(found)} instead of {len(wanted)}"
    number = next(n for n, (a, b) in enumerate(zip(wanted, found, strict=True)) if a != b)
    return f"column {number + 1} is {found[number]!r} instead of {wanted[number]!r}"
