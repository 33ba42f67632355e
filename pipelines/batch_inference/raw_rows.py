"""Parse raw CSV; a malformed row is rejected on its own and reported by file and line.

A block of some megabytes is parsed at once, strictly. If that fails, the block is split into pieces, and a failing
piece into its bad row and the rows before and after it. So files without bad rows are read at full speed. A row is a
line: if a quoted cell contains a line break, its lines are bad rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from csv import Error as CsvError
from csv import reader as csv_rows
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pipelines.scripts import dates
from pipelines.scripts.container import InputError
from pipelines.scripts.csv_layout import CsvLayout, csv_layout, read_beginning
from pipelines.scripts.headers import clean
from pipelines.scripts.schema import Schema
from pipelines.scripts.spelling import NULLS, Spelling
from pipelines.scripts.tables import convert, explain_row_error, row_in_error

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

BLOCK_BYTES, PIECE_BYTES = 2 << 20, 64 << 10
#: A quoted cell with more line breaks is treated as a quote that is never closed.
MAX_CELL_LINES = 50
#: No measurement is larger. Scaled by any deviation, it is still a 32-bit float, in which XGBoost computes.
LARGEST_MEASUREMENT = 1e30
_LONE_RETURN = re.compile(rb"\r(?!\n|$)")


class BadRow(NamedTuple):
    """A row that cannot be used; the report counts bad rows by ``kind``."""

    file: str
    line: int
    kind: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True)
class Columns:
    """Describes the columns of a raw file.

    ``order`` lists all of them, in the order of a file without a header. ``numeric`` are those of numbers,
    ``spellings`` say how the numbers of some of these are written, and ``dates`` maps the columns of dates to their
    formats.
    """

    order: Sequence[str]
    numeric: Sequence[str]
    label: str
    identifier: str = "id"
    spellings: Mapping[str, Spelling] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: Schema, identifier: str) -> Columns:
        """Return the columns of a model's raw data."""
        spellings = {name: spelling for name, spelling in schema.spellings.items() if name != schema.label}
        (clean_identifier,) = clean([identifier])
        return cls(schema.order, schema.numeric, schema.label, clean_identifier, spellings, schema.dates)

    @property
    def texts(self) -> set[str]:
        """The columns that are not numeric."""
        return {*self.order, self.identifier} - {*self.numeric}

    def type_of(self, name: str) -> pa.DataType:
        """Return the type that a column is read as."""
        return pa.float64() if name in self.numeric and name not in self.spellings else pa.string()


@dataclass(frozen=True)
class Rows:
    """The good rows of a block, with their ids or generated ones, and the bad rows."""

    ids: pa.Array
    table: pa.Table
    bad: list[BadRow]


def read_rows(file: Path, name: str, columns: Columns) -> tuple[CsvLayout, Iterator[Rows]]:
    """Return the layout of a file, and its rows, block by block.

    Args:
        file: CSV, gzipped if its name ends in .gz.
        name: the file's name in ids and errors. A row without an id of its own is ``name:line``.
        columns: of the file. An empty cell is missing, and so are NA, NaN, N/A and null.

    Raises:
        InputError: the file cannot be read, or its header is invalid.
    """
    try:
        with _open_stream(file) as stream:
            beginning = read_beginning(stream)
    except (OSError, UnicodeError, pa.ArrowInvalid) as error:
        raise InputError(f"{name} cannot be read: {error}") from None
    layout = csv_layout(beginning, name, columns.order, columns.label, columns.identifier)
    return layout, _read_blocks_of_rows(file, _Reader(name, columns, layout))


def _read_blocks_of_rows(file: Path, reader: _Reader) -> Iterator[Rows]:
    try:
        with _open_stream(file) as stream:
            for first, block in _read_blocks(stream):
                yield reader.rows(block, first)
    except OSError as error:
        raise InputError(f"{reader.name} cannot be read: {error}") from None


def _open_stream(file: Path) -> pa.NativeFile:
    return pa.input_stream(str(file), compression="gzip" if file.suffix == ".gz" else None)


def _read_blocks(stream: pa.NativeFile) -> Iterator[tuple[int, bytes]]:
    """Yield whole lines, some megabytes at a time, with the number of the first line."""
    incomplete_line, first = b"", 1
    while block := stream.read(BLOCK_BYTES):
        body = incomplete_line + block
        cut = body.rfind(b"\n") + 1
        incomplete_line = body[cut:]
        if cut:
            yield first, body[:cut]
            first += body.count(b"\n", 0, cut)
    if incomplete_line:
        yield first, incomplete_line


@dataclass(frozen=True)
class _Reader:
    name: str
    columns: Columns
    layout: CsvLayout

    def rows(self, block: bytes, first: int) -> Rows:
        """Return the rows of a block that begins with line ``first``."""
        if first == 1:
            block, first = self._after_header(block.removeprefix(b"\xef\xbb\xbf"))
        bad: list[BadRow] = []
        block, numbers = self._valid_lines(block, first, bad)
        parts = list(self._parts(block, numbers, bad))
        table = pa.concat_tables([table for table, _ in parts]) if parts else self._empty()
        lines = np.concatenate([lines for _, lines in parts]) if parts else np.empty(0, int)
        table, good = self._check_cells(table, lines, bad)
        if not good.all():
            table, lines = table.filter(pa.array(good)), lines[good]
        return Rows(
            self._ids(table, lines), table.select(self._feature_columns()), sorted(bad, key=lambda row: row.line)
        )

    def _after_header(self, block: bytes) -> tuple[bytes, int]:
        """Return the beginning of a file without its header, and the number of the line that it then begins with."""
        if not self.layout.has_header:
            return block, 1
        empty = len(block) - len(block.lstrip(b"\r\n"))
        return block[empty:].partition(b"\n")[2], block.count(b"\n", 0, empty) + 2

    def _valid_lines(self, block: bytes, first: int, bad: list[BadRow]) -> tuple[bytes, np.ndarray]:
        """Return the lines that are not empty and are rows by themselves, with their numbers; the others are bad."""
        count = block.count(b"\n") + (bool(block) and not block.endswith(b"\n"))
        if not (b'"' in block or b"\r" in block or b"\n\n" in block or block.startswith(b"\n")):
            return block, np.arange(first, first + count)
        valid, numbers = [], []
        lines = block.split(b"\n")[:count]
        is_within = self._within_cells(lines)
        for number, line in enumerate(lines, first):
            if number - first in is_within:
                bad.append(BadRow(self.name, number, "unreadable", "a quote is not closed on its line"))
            elif _LONE_RETURN.search(line):
                bad.append(BadRow(self.name, number, "unreadable", "it has a carriage return inside"))
            elif line.strip(b"\r"):
                valid.append(line)
                numbers.append(number)
        return b"\n".join([*valid, b""]), np.array(numbers, dtype=int)

    def _within_cells(self, lines: list[bytes]) -> set[int]:
        """Return the positions of lines that begin, continue or end a quoted cell with line breaks."""
        odd = [position for position, line in enumerate(lines) if line.count(b'"') % 2]
        positions, last = set[int](), -1
        for number, position in enumerate(odd):
            if position > last and self._is_open(lines[position]):
                end = odd[number + 1] if number + 1 < len(odd) else position
                last = end if end - position <= MAX_CELL_LINES else position
                positions.update(range(position, last + 1))
        return positions

    def _is_open(self, line: bytes) -> bool:
        """Return whether a quoted cell is not closed; a quote within a cell that is not quoted opens none."""
        try:
            list(csv_rows([line.decode(errors="replace")], delimiter=self.layout.separator, strict=True))
        except CsvError:
            return True
        return False

    def _parts(self, block: bytes, numbers: np.ndarray, bad: list[BadRow]) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """Yield the parts of a block that can be read, with the lines' numbers; bad rows are added to ``bad``."""
        blocks = [(block, numbers)]
        while blocks:
            block, numbers = blocks.pop()
            if not len(numbers):
                continue
            try:
                yield self._table(block), numbers
            except pa.ArrowInvalid as error:
                if len(numbers) == 1:
                    bad.append(BadRow(self.name, int(numbers[0]), *explain_row_error(str(error), self.layout.names)))
                else:
                    blocks += reversed(_split_block(block, numbers, row_in_error(str(error))))

    def _table(self, block: bytes) -> pa.Table:
        names = self.layout.names
        used = [name for name in names if name not in self.layout.ignored]
        types = {name: self.columns.type_of(name) for name in used}
        table = csv.read_csv(
            pa.BufferReader(block),
            csv.ReadOptions(column_names=list(names), use_threads=False, block_size=2 * max(len(block), 1 << 10)),
            csv.ParseOptions(delimiter=self.layout.separator),
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=used, strings_can_be_null=True, null_values=NULLS
            ),
        )
        if len(table) != block.count(b"\n") + (not block.endswith(b"\n")):
            raise pa.ArrowInvalid("rows are not lines")
        return pa.table(list(convert(table, names, self.columns.spellings, self.columns.texts)), used)

    def _empty(self) -> pa.Table:
        used = [name for name in self.layout.names if name not in self.layout.ignored]
        types = [pa.float64() if name in self.columns.numeric else pa.string() for name in used]
        return pa.table([pa.array([], data_type) for data_type in types], names=used)

    def _check_cells(self, table: pa.Table, lines: np.ndarray, bad: list[BadRow]) -> tuple[pa.Table, np.ndarray]:
        """Return the table with NaN as missing, and which of its rows have valid cells and an id."""
        good = np.ones(len(table), dtype=bool)
        for name in self.columns.numeric:
            column = table[name]
            values = column.to_numpy()
            for row in np.flatnonzero(np.abs(values) > LARGEST_MEASUREMENT):
                reason = f"column {self.layout.names.index(name) + 1} ({name}): {values[row]:g} is not a measurement"
                bad.append(BadRow(self.name, int(lines[row]), "out of range", reason))
                good[row] = False
            if np.isnan(values).sum() > column.null_count:  # NAN, which pyarrow reads as a number
                empty = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
                table = table.set_column(table.column_names.index(name), name, empty)
        for name, date_format in self.columns.dates.items():
            cells = table[name].to_pandas()
            for row in np.flatnonzero(dates.parse(cells, date_format).isna() & cells.notna()):
                place = f"column {self.layout.names.index(name) + 1} ({name})"
                reason = f"{place}: {cells[row][:80]!r} is not a date of the format {date_format}"
                bad.append(BadRow(self.name, int(lines[row]), "no date", reason))
                good[row] = False
        if self.columns.identifier in table.column_names:
            missing = pc.is_null(table[self.columns.identifier]).to_numpy()
            rows = np.flatnonzero(missing & good)
            bad += [BadRow(self.name, int(lines[row]), "no id", "it has no id") for row in rows]
            good &= ~missing
        return table, good

    def _ids(self, table: pa.Table, lines: np.ndarray) -> pa.Array:
        if self.columns.identifier in table.column_names:
            return table[self.columns.identifier].combine_chunks()
        return pc.binary_join_element_wise(self.name, pa.array(lines).cast(pa.string()), ":")

    def _feature_columns(self) -> list[str]:
        return [name for name in self.columns.order if name != self.columns.label]


def _split_block(block: bytes, numbers: np.ndarray, row: int | None) -> list[tuple[bytes, np.ndarray]]:
    """Split a block that cannot be read; a small one into its bad row and the rows before and after it."""
    if len(block) > PIECE_BYTES or row is None or not 1 <= row <= len(numbers):
        size = max(1, min(PIECE_BYTES, len(block) // 2))
        position = block.rfind(b"\n", 0, size) + 1 or block.find(b"\n") + 1
        count = block.count(b"\n", 0, position)
        return [(block[:position], numbers[:count]), (block[position:], numbers[count:])]
    lines = block.split(b"\n")
    ends = ((0, row - 1), (row - 1, row), (row, len(numbers)))
    return [(b"\n".join([*lines[start:end], b""]), numbers[start:end]) for start, end in ends]
