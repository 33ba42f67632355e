"""Read CSV files in chunks, strictly: a cell that is wrong is named by file, line and column."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from pipelines.scripts.container import InputError
from pipelines.scripts.csv_layout import CsvLayout, Header, csv_layout, header_of, read_beginning
from pipelines.scripts.spelling import NULLS, Spelling, strip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

BLOCK_BYTES = 8 << 20
LARGEST = float(np.finfo(np.float32).max)
_NO_NUMBER = re.compile(
    r"In CSV column #(?P<column>\d+): Row #(?P<row>\d+): .*invalid value '(?P<value>.*)'", re.DOTALL
)
_WRONG_WIDTH = re.compile(r"Row #(?P<row>\d+): Expected (?P<expected>\d+) columns, got (?P<found>\d+)")


def read_chunks(
    files: list[Path], types: Mapping[str, type], spellings: Mapping[str, Spelling] | None = None
) -> Iterator[pd.DataFrame]:
    """The rows of all files, some thousands at a time; an empty cell is missing, and so are NA, NaN, N/A and null.

    Cells may be separated by commas, semicolons, tabs or bars; spaces around a text do not count.

    Args:
        files: CSV; with a header the columns may stand in any order among others, without one they are those of
            ``types``.
        types: column name -> float or str, in the order of a file without a header.
        spellings: of numeric columns whose cells are not all plain numbers.

    Raises:
        InputError: no rows, a column that is missing or stands there twice, another number of columns, or text where a
            number belongs.
    """
    rows = 0
    for file in files:
        for chunk in _read(file, types, spellings or {}) if file.stat().st_size else ():
            rows += len(chunk)
            yield chunk
    if not rows:
        raise InputError(f"no rows in {', '.join(f.name for f in files)}")


def _read(file: Path, types: Mapping[str, type], spellings: Mapping[str, Spelling]) -> Iterator[pd.DataFrame]:
    texts = {name for name, kind in types.items() if kind is str}
    arrow = {name: pa.string() if name in texts or name in spellings else pa.float64() for name in types}
    found = _layout(file, list(types))
    first = 1 + found.first_row
    try:
        with csv.open_csv(
            file,
            read_options=csv.ReadOptions(
                column_names=found.names, skip_rows=found.first_row, block_size=BLOCK_BYTES, use_threads=False
            ),
            parse_options=csv.ParseOptions(delimiter=found.separator),
            convert_options=csv.ConvertOptions(
                column_types=arrow, include_columns=list(types), strings_can_be_null=True, null_values=NULLS
            ),
        ) as batches:
            for batch in batches:
                chunk = pa.table(list(convert(batch, found.names, spellings, texts, first)), list(types)).to_pandas()
                _check_range(file, chunk, first - found.blank_lines, found.names)
                first += len(chunk)
                yield chunk
    except pa.ArrowInvalid as error:
        raise InputError(explain(file, str(error), found)) from None
    except (OSError, UnicodeDecodeError) as error:  # a file that is compressed by its name only, or broken
        raise InputError(f"{file.name} cannot be read: {error}") from None


def convert(
    batch: pa.RecordBatch | pa.Table,
    names: Sequence[str],
    spellings: Mapping[str, Spelling],
    texts: Container[str],
    first: int = 1,
) -> Iterator[pa.Array]:
    """Yield the columns of a batch: texts stripped, and columns with a spelling converted to numbers.

    Args:
        batch: as it was read.
        names: of all columns of the file, in its order.
        spellings: see ``read_chunks``.
        texts: columns that are not numeric; of their spelling the markers alone count.
        first: the number of the batch's first row.

    Raises:
        pyarrow.ArrowInvalid: a cell is not a number; the message has the form of pyarrow's own reader.
    """
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        cells = strip(column) if pa.types.is_string(column.type) else column
        if name not in spellings:
            yield cells
            continue
        if name in texts:
            yield pc.if_else(pc.is_in(cells, pa.array(spellings[name].missing, pa.string())), None, cells)
            continue
        numbers, wrong = spellings[name].numbers(cells)
        if wrong is not None:
            place = f"In CSV column #{names.index(name)}: Row #{first + wrong}"
            raise pa.ArrowInvalid(f"{place}: CSV conversion error to double: invalid value '{cells[wrong]}'")
        yield numbers


def header(file: Path) -> Header:
    """Return the first line that is not blank.

    Raises:
        InputError: the file cannot be read, or has no line.
    """
    return header_of(_beginning(file), file.name)


def _layout(file: Path, columns: list[str]) -> CsvLayout:
    return csv_layout(_beginning(file), file.name, columns)


def _beginning(file: Path) -> str:
    try:
        with pa.input_stream(str(file), compression="gzip" if file.suffix == ".gz" else None) as stream:
            return read_beginning(stream)
    except OSError as error:  # compressed by its name only, or broken
        raise InputError(f"{file.name} cannot be read: {error}") from None


def wrong_cell(message: str, names: Sequence[str]) -> tuple[str, str]:
    """What pyarrow's refusal of a row means: the kind of it, and words for a person.

    Args:
        message: the error's.
        names: of the columns, in the file's order.
    """
    if match := _NO_NUMBER.search(message):
        column = int(match["column"])
        return "no number", f"column {column + 1} ({names[column]}): {match['value'][:80]!r} is no number"
    if match := _WRONG_WIDTH.search(message):
        return "number of cells", f"{match['found']} columns where {match['expected']} belong"
    return "unreadable", f"it cannot be read as CSV: {message.splitlines()[0][:200]}"


def wrong_row(message: str) -> int | None:
    """Which row it is that pyarrow refuses, counted from 1; None where it does not say."""
    match = _NO_NUMBER.search(message) or _WRONG_WIDTH.search(message)
    return int(match["row"]) if match else None


def explain(file: Path, message: str, found: CsvLayout) -> str:
    """Return what is wrong with the file, with line and column, from pyarrow's error message."""
    names = found.names
    kind, reason = wrong_cell(message, names)
    if kind == "unreadable":
        return f"{file.name} {reason.removeprefix('it ')}"
    line = _line(file, (wrong_row(message) or 1) - found.blank_lines)
    between, names_of_all = (", ", "") if kind == "no number" else (": ", f": {', '.join(names)}")
    hint = (
        f"; a header would have {', '.join(names)}"
        if kind == "no number" and (line, found.has_header) == (1, False)
        else ""
    )
    return f"{file.name}, line {line}{between}{reason}{names_of_all}{hint}"


def _line(file: Path, row: int) -> int:
    """The line on which a row stands: the reader leaves empty lines out and counts the others."""
    with file.open("rb") as lines:
        filled = (number for number, line in enumerate(lines, 1) if line.strip(b"\r\n"))
        return next(islice(filled, row - 1, None), row)


def _check_range(file: Path, chunk: pd.DataFrame, first: int, names: Sequence[str]) -> None:
    """Numbers beyond a 32-bit float, in which XGBoost computes, are infinite to it."""
    numbers = chunk.select_dtypes("number")
    wrong = np.argwhere(np.abs(numbers.to_numpy()) > LARGEST)
    if len(wrong):
        row, column = wrong[0]
        name = numbers.columns[column]
        where = f"{file.name}, line {_line(file, first + row)}, column {names.index(name) + 1} ({name})"
        raise InputError(f"{where}: {float(numbers.to_numpy()[row, column]):g} is no measurement")
