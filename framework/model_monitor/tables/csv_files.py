"""CSV, every cell a text: an empty cell is missing, a quoted empty one is an empty text, as Spark reads them."""

from __future__ import annotations

import csv as python_csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.chunk import BLOCK_BYTES, Chunk, Place, not_a_number
from model_monitor.tables.files import lines, open_bytes, unreadable
from model_monitor.tables.partitions import Partition, Slice
from model_monitor.tables.row_ends import count_rows

import pyarrow as pa
import pyarrow.csv as csv

#: A block of a very wide file still holds some rows.
_BYTES_PER_COLUMN = 8 << 10
_HEADER_BYTES = 1 << 20
_NO_NUMBER = re.compile(r"In CSV column #(\d+): Row #(\d+): .*invalid value '(.*)'", re.DOTALL)
_WRONG_WIDTH = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def read(
    partition: Partition, header: bool = True, only: Mapping[str, pa.DataType] | None = None, **_: Any
) -> Iterator[Chunk]:
    """The rows of a partition.

    Args:
        partition: of files in UTF-8, packed or not.
        header: whether each file begins with the columns' names; without, they are _c0, _c1 ...
        only: the columns to read, and what they are to become; all as texts where it is not given.

    Raises:
        MonitorError: a row with another number of columns, text that is not UTF-8, or a file that breaks off.
    """
    for part in partition:
        head = _head(part.file)
        if names := _names(part.file, head, header):
            wanted = only or dict.fromkeys(names, pa.string())
            yield from _chunks(part, names, header, 0 if part.start else _blank_lines(head), wanted)


def names_of(file: Path, header: bool) -> list[str]:
    """The columns' names; none where the file is empty.

    As Spark names them: _c and the column's number where there is none; one that is there twice gets the number too.

    Raises:
        MonitorError: the file begins with no text in UTF-8, or two columns would still be called the same.
    """
    return _names(file, _head(file), header)


def first_rows(file: Path, count: int = 2) -> list[list[str]]:
    """The cells of the first rows that are not empty; fewer where there are not so many.

    Raises:
        MonitorError: the file begins with no text in UTF-8.
    """
    return list(islice((row for row in _rows(file, _head(file, count)) if row), count))


def _names(file: Path, head: str, header: bool) -> list[str]:
    first = next((row for row in _rows(file, head) if row), [])
    if not header:
        return [f"_c{number}" for number in range(len(first))]
    often = Counter(name.lower() for name in first)
    names = [
        f"_c{number}" if not name else f"{name}{number}" if often[name.lower()] > 1 else name
        for number, name in enumerate(first)
    ]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise MonitorError(f"{file.name}: two columns would be called {twice[0]!r}; give them names of their own")
    return names


def _head(file: Path, lines: int = 1) -> str:
    """The beginning of a file, up to the end of a line; as many lines at least."""
    head = b""
    try:
        with open_bytes(file) as stream:
            while head.count(b"\n") < lines and (block := stream.read(_HEADER_BYTES)):
                head += block
    except (OSError, pa.ArrowException) as error:
        raise unreadable(file, error) from None
    if b"\0" in head:
        raise MonitorError(f"{file.name} is no text in UTF-8: it holds NUL bytes; is it UTF-16, or another format?")
    try:
        return (head[: head.rfind(b"\n") + 1] or head).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = head[: error.start].count(b"\n") + 1
        raise MonitorError(f"{file.name}, line {line}: {head[error.start : error.end]!r} is not UTF-8") from None


def _rows(file: Path, text: str) -> Iterator[list[str]]:
    python_csv.field_size_limit(max(len(text), 1 << 17))
    try:
        yield from python_csv.reader(io.StringIO(text, newline=""))
    except python_csv.Error as error:
        raise unreadable(file, error) from None


def check_same_columns(files: list[Path], header: bool) -> list[str]:
    """The columns' names; raise MonitorError at the first file whose columns are not those of the first."""
    filled = [(file, names) for file in files if (names := names_of(file, header))]
    for file, names in filled[1:]:
        if names != filled[0][1]:
            difference = _difference(filled[0][1], names)
            raise MonitorError(f"{file.name} has other columns than {filled[0][0].name}: {difference}")
    return filled[0][1] if filled else []


def _chunks(
    part: Slice, names: list[str], header: bool, blank_lines: int, wanted: Mapping[str, pa.DataType]
) -> Iterator[Chunk]:
    keys = {name: str(number) for number, name in enumerate(names)}
    first, quotes, last = Place(part, header, 1), _count_quotes(part), None
    # A quote that is never closed shows in the last column, so that is read then although nobody asked for it.
    types = ({names[-1]: pa.string()} if quotes % 2 else {}) | dict(wanted)
    try:
        by_key = {keys[name]: kind for name, kind in types.items()}
        options = _options(list(keys.values()), by_key, blank_lines, header and not part.start, quotes)
        with open_bytes(part) as stream, csv.open_csv(stream, *options) as batches:
            for batch in batches:
                if batch.num_rows:
                    columns = {name: batch.column(keys[name]) for name in types}
                    last = Chunk(columns, batch.num_rows, first)
                    yield Chunk({name: columns[name] for name in wanted}, batch.num_rows, first)
                    first = first._replace(row=first.row + batch.num_rows)
    except pa.ArrowInvalid as error:
        raise _explained(part, str(error), names, header) from None
    except (OSError, pa.ArrowException) as error:
        raise unreadable(part.file, error) from None
    if last and quotes % 2 and _is_open(part, last.columns[names[-1]]):
        raise MonitorError(f"{last.place(last.rows - 1)}: a quote is opened and never closed")


def _is_open(part: Slice, column: pa.Array) -> bool:
    """Whether the last cell goes on to the end of the file for want of a closing quote."""
    cell = str(column[-1].as_py())
    with part.file.open("rb") as content:
        content.seek(max(0, part.end - 3))
        return "\n" in cell and not content.read(3).rstrip(b"\r\n").endswith(b'"')


def _options(
    keys: list[str], types: Mapping[str, pa.DataType], blank_lines: int, header: bool, quotes: int
) -> tuple[Any, ...]:
    return (
        csv.ReadOptions(
            column_names=keys,
            skip_rows=blank_lines,
            skip_rows_after_names=1 if header else 0,
            block_size=max(BLOCK_BYTES, len(keys) * _BYTES_PER_COLUMN),
            use_threads=False,  # these would read many blocks ahead
        ),
        csv.ParseOptions(newlines_in_values=quotes > 0),  # without a single quote it is read faster
        csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )


def _blank_lines(head: str) -> int:
    """How many lines there are before the first that is not empty."""
    return len(head[: len(head) - len(head.lstrip("\r\n"))].splitlines())


def _count_quotes(part: Slice) -> int:
    count = 0
    try:
        with open_bytes(part) as stream:
            while block := stream.read(BLOCK_BYTES):
                count += block.count(b'"')
    except (OSError, pa.ArrowException):  # told when its rows are read
        return count
    return count


def _explained(part: Slice, message: str, names: list[str], header: bool) -> MonitorError:
    if match := _WRONG_WIDTH.search(message):
        place = Place(part, header, int(match[1]) - int(header and not part.start))
        return MonitorError(f"{place}: {match[3]} columns where {match[2]} belong ({', '.join(names[:5])} ...)")
    if match := _NO_NUMBER.search(message):
        place = Place(part, header, int(match[2]) - int(header and not part.start))
        return not_a_number(place, names[int(match[1])], match[3])
    if "straddling" in message:
        return MonitorError(f"{part.file.name} has a row of more than {BLOCK_BYTES >> 20} MiB, which cannot be read")
    if "UTF8" in message:
        return MonitorError(f"{_first_invalid(part, header)}: not UTF-8, as the file must be")
    return unreadable(part.file, Exception(message))


def _first_invalid(part: Slice, header: bool) -> Place:
    """The first row that is not UTF-8."""
    rows = count_rows(takewhile(_is_utf8, lines(part)))
    return Place(part, header, rows + 1 - int(header and not part.start))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _difference(wanted: list[str], found: list[str]) -> str:
    if len(wanted) != len(found):
        return f"{len(found)} instead of {len(wanted)}"
    number = next(n for n, (a, b) in enumerate(zip(wanted, found, strict=True)) if a != b)
    return f"column {number + 1} is {found[number]!r} instead of {wanted[number]!r}"
