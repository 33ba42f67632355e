"""Read CSV files in chunks, strictly: an error names the file, line and column of an invalid cell."""

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
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
_NOT_A_NUMBER = re.compile(
    r"In CSV column #(?P<column>\d+): Row #(?P<row>\d+): .*invalid value '(?P<value>.*)'", re.DOTALL
)
_WRONG_WIDTH = re.compile(r"Row #(?P<row>\d+): Expected (?P<expected>\d+) columns, got (?P<found>\d+)")


def read_chunks(
    files: list[Path], types: Mapping[str, type], spellings: Mapping[str, Spelling] | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the rows of all files, some thousands at a time.

    An empty cell is missing, and so are NA, NaN, N/A and null. Cells may be separated by commas, semicolons, tabs or
    bars;
    spaces around a string do not count.

    Args:
        files: CSV; with a header the columns may be in any order, among others; without one they have to be those of
            ``types``.
        types: column name -> float or str, in the order of a file without a header.
        spellings: of numeric columns whose cells are not all plain numbers.

    Raises:
        InputError: no rows, a column that is missing or occurs twice, a wrong number of columns, or text instead of a
            number.
    """
    rows = 0
    for file in files:
        for chunk in _read_file(file, types, spellings or {}) if file.stat().st_size else ():
            rows += len(chunk)
            yield chunk
    if not rows:
        raise InputError(f"no rows in {', '.join(f.name for f in files)}")


def _read_file(file: Path, types: Mapping[str, type], spellings: Mapping[str, Spelling]) -> Iterator[pd.DataFrame]:
    texts = {name for name, cell_type in types.items() if cell_type is str}
    arrow_types = {name: pa.string() if name in texts or name in spellings else pa.float64() for name in types}
    layout = _layout(file, list(types))
    first = 1 + layout.first_row
    try:
        with csv.open_csv(
            file,
            read_options=csv.ReadOptions(
                column_names=layout.names, skip_rows=layout.first_row, block_size=BLOCK_BYTES, use_threads=False
            ),
            parse_options=csv.ParseOptions(delimiter=layout.separator),
            convert_options=csv.ConvertOptions(
                column_types=arrow_types, include_columns=list(types), strings_can_be_null=True, null_values=NULLS
            ),
        ) as batches:
            for batch in batches:
                chunk = pa.table(list(convert(batch, layout.names, spellings, texts, first)), list(types)).to_pandas()
                _check_range(file, chunk, first - layout.blank_lines, layout.names)
                first += len(chunk)
                yield chunk
    except pa.ArrowInvalid as error:
        raise InputError(explain(file, str(error), layout)) from None
    except (OSError, UnicodeDecodeError) as error:  # a file that is compressed by its name only, or broken
        raise InputError(f"{file.name} cannot be read: {error}") from None


def convert(
    batch: pa.RecordBatch | pa.Table,
    names: Sequence[str],
    spellings: Mapping[str, Spelling],
    texts: Container[str],
    first: int = 1,
) -> Iterator[pa.Array]:
    """Yield the columns of a batch: strings stripped, and columns with a spelling converted to numbers.

    Args:
        batch: as it was read.
        names: of all columns of the file, in its order.
        spellings: see ``read_chunks``.
        texts: columns that are not numeric; only the markers of their spelling are used.
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


def explain_row_error(message: str, names: Sequence[str]) -> tuple[str, str]:
    """Return the category of pyarrow's error about a row, and an explanation for the user.

    Args:
        message: of the error.
        names: of the columns, in the file's order.
    """
    if match := _NOT_A_NUMBER.search(message):
        column = int(match["column"])
        return "no number", f"column {column + 1} ({names[column]}): {match['value'][:80]!r} is not a number"
    if match := _WRONG_WIDTH.search(message):
        return "number of cells", f"{match['found']} columns instead of {match['expected']}"
    return "unreadable", f"it cannot be read as CSV: {message.splitlines()[0][:200]}"


def row_in_error(message: str) -> int | None:
    """Return the number of the row in pyarrow's error message, counted from 1; None if there is none."""
    match = _NOT_A_NUMBER.search(message) or _WRONG_WIDTH.search(message)
    return int(match["row"]) if match else None


def explain(file: Path, message: str, layout: CsvLayout) -> str:
    """Return what is wrong with the file, with line and column, from pyarrow's error message."""
    names = layout.names
    category, reason = explain_row_error(message, names)
    if category == "unreadable":
        return f"{file.name} {reason.removeprefix('it ')}"
    line = _line_of_row(file, (row_in_error(message) or 1) - layout.blank_lines)
    between, names_of_all = (", ", "") if category == "no number" else (": ", f": {', '.join(names)}")
    hint = (
        f"; a header would have {', '.join(names)}"
        if category == "no number" and (line, layout.has_header) == (1, False)
        else ""
    )
    return f"{file.name}, line {line}{between}{reason}{names_of_all}{hint}"


def _line_of_row(file: Path, row: int) -> int:
    """Return the line of a row: the reader skips empty lines and counts the others."""
    with file.open("rb") as lines:
        filled = (number for number, line in enumerate(lines, 1) if line.strip(b"\r\n"))
        return next(islice(filled, row - 1, None), row)


def _check_range(file: Path, chunk: pd.DataFrame, first: int, names: Sequence[str]) -> None:
    """Raise InputError if a number does not fit into a 32-bit float: XGBoost would read it as infinite."""
    numbers = chunk.select_dtypes("number")
    wrong = np.argwhere(np.abs(numbers.to_numpy()) > LARGEST_FLOAT32)
    if len(wrong):
        row, column = wrong[0]
        name = numbers.columns[column]
        place = f"{file.name}, line {_line_of_row(file, first + row)}, column {names.index(name) + 1} ({name})"
        raise InputError(f"{place}: {float(numbers.to_numpy()[row, column]):g} is not a measurement")
