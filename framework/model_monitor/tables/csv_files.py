"""Read CSV files, every cell as a string.

As in Spark, an empty cell is missing, and a quoted empty cell is an empty string.
"""

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
from model_monitor.tables.chunk import BLOCK_BYTES, Chunk, Place, not_a_number_error
from model_monitor.tables.files import lines, open_bytes, unreadable_error
from model_monitor.tables.partitions import Partition, Slice
from model_monitor.tables.row_ends import count_rows

import pyarrow as pa
import pyarrow.csv as csv

#: The least size of a block per column, so that a block of a very wide file still holds several rows.
_BYTES_PER_COLUMN = 8 << 10
_HEADER_BYTES = 1 << 20
_INVALID_NUMBER = re.compile(r"In CSV column #(\d+): Row #(\d+): .*invalid value '(.*)'", re.DOTALL)
_WRONG_WIDTH = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def read(
    partition: Partition, header: bool = True, types: Mapping[str, pa.DataType] | None = None, **_: Any
) -> Iterator[Chunk]:
    """Yield the rows of a partition.

    Args:
        partition: of files in UTF-8, compressed or not.
        header: whether each file begins with the columns' names; if not, they are _c0, _c1 ...
        types: the columns to read, and their types; by default all, as strings.

    Raises:
        MonitorError: a row has a different number of columns, text is not UTF-8, or a file ends too early.
    """
    for part in partition:
        head = _head(part.file)
        if names := _names(part.file, head, header):
            column_types = types or dict.fromkeys(names, pa.string())
            yield from _chunks(part, names, header, 0 if part.start else _blank_lines(head), column_types)


def column_names(file: Path, header: bool) -> list[str]:
    """Return the columns' names; an empty list if the file is empty.

    As in Spark, a column without a name is called _c and its number; duplicate names get the number appended.

    Raises:
        MonitorError: the file does not begin with UTF-8 text, or two columns would still have the same name.
    """
    return _names(file, _head(file), header)


def first_rows(file: Path, count: int = 2) -> list[list[str]]:
    """Return the cells of the first rows that are not empty; fewer if there are fewer.

    Raises:
        MonitorError: the file does not begin with UTF-8 text.
    """
    return list(islice((row for row in _rows(file, _head(file, count)) if row), count))


def _names(file: Path, head: str, header: bool) -> list[str]:
    first = next((row for row in _rows(file, head) if row), [])
    if not header:
        return [f"_c{number}" for number in range(len(first))]
    occurrences = Counter(name.lower() for name in first)
    names = [
        f"_c{number}" if not name else f"{name}{number}" if occurrences[name.lower()] > 1 else name
        for number, name in enumerate(first)
    ]
    if duplicates := [name for name, count in Counter(names).items() if count > 1]:
        raise MonitorError(f"{file.name}: two columns would be called {duplicates[0]!r}; rename one of them")
    return names


def _head(file: Path, min_lines: int = 1) -> str:
    """Return whole lines from the beginning of a file, at least ``min_lines`` if the file has so many."""
    head = b""
    try:
        with open_bytes(file) as stream:
            while head.count(b"\n") < min_lines and (block := stream.read(_HEADER_BYTES)):
                head += block
    except (OSError, pa.ArrowException) as error:
        raise unreadable_error(file, error) from None
    if b"\0" in head:
        raise MonitorError(f"{file.name} is not UTF-8 text: it contains NUL bytes; is it UTF-16, or another format?")
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
        raise unreadable_error(file, error) from None


def check_same_columns(files: list[Path], header: bool) -> list[str]:
    """Return the columns' names; raise MonitorError at the first file whose columns differ from the first's."""
    filled = [(file, names) for file in files if (names := column_names(file, header))]
    for file, names in filled[1:]:
        if names != filled[0][1]:
            difference = _difference(filled[0][1], names)
            raise MonitorError(f"{file.name} has different columns from {filled[0][0].name}: {difference}")
    return filled[0][1] if filled else []


def _chunks(
    part: Slice, names: list[str], header: bool, blank_lines: int, types: Mapping[str, pa.DataType]
) -> Iterator[Chunk]:
    keys = {name: str(number) for number, name in enumerate(names)}
    place, quotes, last_chunk = Place(part, header, 1), _count_quotes(part), None
    # An odd number of quotes may mean an unclosed one, which the last column shows: read that in any case.
    read_types = ({names[-1]: pa.string()} if quotes % 2 else {}) | dict(types)
    try:
        by_key = {keys[name]: data_type for name, data_type in read_types.items()}
        options = _options(list(keys.values()), by_key, blank_lines, header and not part.start, quotes)
        with open_bytes(part) as stream, csv.open_csv(stream, *options) as batches:
            for batch in batches:
                if batch.num_rows:
                    columns = {name: batch.column(keys[name]) for name in read_types}
                    last_chunk = Chunk(columns, batch.num_rows, place)
                    yield Chunk({name: columns[name] for name in types}, batch.num_rows, place)
                    place = place._replace(row=place.row + batch.num_rows)
    except pa.ArrowInvalid as error:
        raise _explain_error(part, str(error), names, header) from None
    except (OSError, pa.ArrowException) as error:
        raise unreadable_error(part.file, error) from None
    if last_chunk and quotes % 2 and _ends_in_open_quote(part, last_chunk.columns[names[-1]]):
        raise MonitorError(f"{last_chunk.place(last_chunk.rows - 1)}: a quote is opened and never closed")


def _ends_in_open_quote(part: Slice, column: pa.Array) -> bool:
    """Return whether the last cell extends to the end of the file because a closing quote is missing."""
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
            use_threads=False,  # threads would read many blocks ahead
        ),
        csv.ParseOptions(newlines_in_values=quotes > 0),  # a file without quotes is read faster
        csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )


def _blank_lines(head: str) -> int:
    """Return how many lines there are before the first that is not empty."""
    return len(head[: len(head) - len(head.lstrip("\r\n"))].splitlines())


def _count_quotes(part: Slice) -> int:
    count = 0
    try:
        with open_bytes(part) as stream:
            while block := stream.read(BLOCK_BYTES):
                count += block.count(b'"')
    except (OSError, pa.ArrowException):  # reported when its rows are read
        return count
    return count


def _explain_error(part: Slice, message: str, names: list[str], header: bool) -> MonitorError:
    if match := _WRONG_WIDTH.search(message):
        place = Place(part, header, int(match[1]) - int(header and not part.start))
        return MonitorError(f"{place}: {match[3]} columns instead of {match[2]} ({', '.join(names[:5])} ...)")
    if match := _INVALID_NUMBER.search(message):
        place = Place(part, header, int(match[2]) - int(header and not part.start))
        return not_a_number_error(place, names[int(match[1])], match[3])
    if "straddling" in message:
        return MonitorError(f"{part.file.name} has a row of more than {BLOCK_BYTES >> 20} MiB, which cannot be read")
    if "UTF8" in message:
        return MonitorError(f"{_first_invalid_row(part, header)}: not UTF-8; convert the file to UTF-8")
    return unreadable_error(part.file, Exception(message))


def _first_invalid_row(part: Slice, header: bool) -> Place:
    """Return the first row that is not UTF-8."""
    rows = count_rows(takewhile(_is_utf8, lines(part)))
    return Place(part, header, rows + 1 - int(header and not part.start))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _difference(expected: list[str], names: list[str]) -> str:
    if len(expected) != len(names):
        return f"{len(names)} columns instead of {len(expected)}"
    number = next(n for n, (a, b) in enumerate(zip(expected, names, strict=True)) if a != b)
    return f"column {number + 1} is {names[number]!r} instead of {expected[number]!r}"
