"""Read raw rows so that a bad one costs itself alone: it is named by file and line, the others are read.

A block of some megabytes is read at once, strictly. Where that fails, its pieces are, and of a piece the rows before
and after the one that is bad; so files without bad rows are read at full speed. A row is a line: the lines of a quoted
cell that has a line's end in it are bad rows.
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
from pipelines.scripts.tables import convert, wrong_cell, wrong_row

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

BLOCK_BYTES, PIECE_BYTES = 2 << 20, 64 << 10
#: A quoted cell with more line breaks is taken for a quote that is never closed.
MAX_CELL_LINES = 50
#: No measurement is larger; and scaled by any deviation it still is a 32-bit float, in which XGBoost computes.
LARGEST = 1e30
_LONE_RETURN = re.compile(rb"\r(?!\n|$)")


class BadRow(NamedTuple):
    """A row that cannot be used; ``kind`` is what bad rows are counted by."""

    file: str
    line: int
    kind: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True)
class Columns:
    """What a raw file holds: ``order`` are all of them as without a header, ``numeric`` those of numbers, ``spellings``
    says of some of these how they are written, ``dates`` which columns are dates, and in which form.
    """

    order: Sequence[str]
    numeric: Sequence[str]
    label: str
    identifier: str = "id"
    spellings: Mapping[str, Spelling] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: Schema, identifier: str) -> Columns:
        """Those of a model's raw data."""
        spellings = {name: one for name, one in schema.spellings.items() if name != schema.label}
        (cleaned,) = clean([identifier])
        return cls(schema.order, schema.numeric, schema.label, cleaned, spellings, schema.dates)

    @property
    def texts(self) -> set[str]:
        """The columns that are not numeric."""
        return {*self.order, self.identifier} - {*self.numeric}

    def type_of(self, name: str) -> pa.DataType:
        """What a column is read as."""
        return pa.float64() if name in self.numeric and name not in self.spellings else pa.string()


@dataclass(frozen=True)
class Rows:
    """The good rows of a block, with the ids that they have or that stand for them, and the bad ones."""

    ids: pa.Array
    table: pa.Table
    bad: list[BadRow]


def read_rows(file: Path, name: str, columns: Columns) -> tuple[CsvLayout, Iterator[Rows]]:
    """The layout of a file, and its rows, block by block.

    Args:
        file: CSV, maybe gzipped by its name.
        name: what it is called in ids and errors. A row without an id of its own is ``name:line``.
        columns: what it holds. An empty cell is missing, and so are NA, NaN, N/A and null.

    Raises:
        InputError: it cannot be read, or its header is none.
    """
    try:
        with _opened(file) as stream:
            beginning = read_beginning(stream)
    except (OSError, UnicodeError, pa.ArrowInvalid) as error:
        raise InputError(f"{name} cannot be read: {error}") from None
    found = csv_layout(beginning, name, columns.order, columns.label, columns.identifier)
    return found, _rows(file, _Reader(name, columns, found))


def _rows(file: Path, reader: _Reader) -> Iterator[Rows]:
    try:
        with _opened(file) as stream:
            for first, block in _blocks(stream):
                yield reader.rows(block, first)
    except OSError as error:
        raise InputError(f"{reader.name} cannot be read: {error}") from None


def _opened(file: Path) -> pa.NativeFile:
    return pa.input_stream(str(file), compression="gzip" if file.suffix == ".gz" else None)


def _blocks(stream: pa.NativeFile) -> Iterator[tuple[int, bytes]]:
    """Whole lines, some megabytes at a time, with the number of the first."""
    rest, first = b"", 1
    while block := stream.read(BLOCK_BYTES):
        body = rest + block
        cut = body.rfind(b"\n") + 1
        rest = body[cut:]
        if cut:
            yield first, body[:cut]
            first += body.count(b"\n", 0, cut)
    if rest:
        yield first, rest


@dataclass(frozen=True)
class _Reader:
    name: str
    columns: Columns
    layout: CsvLayout

    def rows(self, block: bytes, first: int) -> Rows:
        """Those of a block that begins with line ``first``."""
        if first == 1:
            block, first = self._after_header(block.removeprefix(b"\xef\xbb\xbf"))
        bad: list[BadRow] = []
        block, numbers = self._lines(block, first, bad)
        parts = list(self._parts(block, numbers, bad))
        table = pa.concat_tables([table for table, _ in parts]) if parts else self._empty()
        lines = np.concatenate([lines for _, lines in parts]) if parts else np.empty(0, int)
        table, good = self._checked(table, lines, bad)
        if not good.all():
            table, lines = table.filter(pa.array(good)), lines[good]
        return Rows(self._ids(table, lines), table.select(self._needed()), sorted(bad, key=lambda row: row.line))

    def _after_header(self, block: bytes) -> tuple[bytes, int]:
        """The beginning of a file without its header, and the number of the line that it then begins with."""
        if not self.layout.has_header:
            return block, 1
        empty = len(block) - len(block.lstrip(b"\r\n"))
        return block[empty:].partition(b"\n")[2], block.count(b"\n", 0, empty) + 2

    def _lines(self, block: bytes, first: int, bad: list[BadRow]) -> tuple[bytes, np.ndarray]:
        """The lines that hold something and are rows by themselves, with their numbers; the others are bad."""
        count = block.count(b"\n") + (bool(block) and not block.endswith(b"\n"))
        if not (b'"' in block or b"\r" in block or b"\n\n" in block or block.startswith(b"\n")):
            return block, np.arange(first, first + count)
        kept, numbers = [], []
        lines = block.split(b"\n")[:count]
        is_within = self._within_cells(lines)
        for number, line in enumerate(lines, first):
            if number - first in is_within:
                bad.append(BadRow(self.name, number, "unreadable", "a quote is not closed on its line"))
            elif _LONE_RETURN.search(line):
                bad.append(BadRow(self.name, number, "unreadable", "it has a carriage return within"))
            elif line.strip(b"\r"):
                kept.append(line)
                numbers.append(number)
        return b"\n".join([*kept, b""]), np.array(numbers, dtype=int)

    def _within_cells(self, lines: list[bytes]) -> set[int]:
        """Return the positions of lines that begin, continue or end a quoted cell with line breaks."""
        odd = [position for position, line in enumerate(lines) if line.count(b'"') % 2]
        found, last = set[int](), -1
        for number, position in enumerate(odd):
            if position > last and self._is_open(lines[position]):
                end = odd[number + 1] if number + 1 < len(odd) else position
                last = end if end - position <= MAX_CELL_LINES else position
                found.update(range(position, last + 1))
        return found

    def _is_open(self, line: bytes) -> bool:
        """Return whether a quoted cell is not closed; a quote within a cell that is not quoted opens none."""
        try:
            list(csv_rows([line.decode(errors="replace")], delimiter=self.layout.separator, strict=True))
        except CsvError:
            return True
        return False

    def _parts(self, block: bytes, numbers: np.ndarray, bad: list[BadRow]) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """What can be read of a block, with the lines' numbers; what cannot goes into ``bad``."""
        waiting = [(block, numbers)]
        while waiting:
            block, numbers = waiting.pop()
            if not len(numbers):
                continue
            try:
                yield self._table(block), numbers
            except pa.ArrowInvalid as error:
                if len(numbers) == 1:
                    bad.append(BadRow(self.name, int(numbers[0]), *wrong_cell(str(error), self.layout.names)))
                else:
                    waiting += reversed(_cut(block, numbers, wrong_row(str(error))))

    def _table(self, block: bytes) -> pa.Table:
        named = self.layout.names
        used = [name for name in named if name not in self.layout.ignored]
        types = {name: self.columns.type_of(name) for name in used}
        table = csv.read_csv(
            pa.BufferReader(block),
            csv.ReadOptions(column_names=list(named), use_threads=False, block_size=2 * max(len(block), 1 << 10)),
            csv.ParseOptions(delimiter=self.layout.separator),
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=used, strings_can_be_null=True, null_values=NULLS
            ),
        )
        if len(table) != block.count(b"\n") + (not block.endswith(b"\n")):
            raise pa.ArrowInvalid("rows are not lines")
        return pa.table(list(convert(table, named, self.columns.spellings, self.columns.texts)), used)

    def _empty(self) -> pa.Table:
        used = [name for name in self.layout.names if name not in self.layout.ignored]
        types = [pa.float64() if name in self.columns.numeric else pa.string() for name in used]
        return pa.table([pa.array([], kind) for kind in types], names=used)

    def _checked(self, table: pa.Table, lines: np.ndarray, bad: list[BadRow]) -> tuple[pa.Table, np.ndarray]:
        """The table with what is no number left empty, and which of its rows are well, beside being readable."""
        good = np.ones(len(table), dtype=bool)
        for name in self.columns.numeric:
            column = table[name]
            values = column.to_numpy()
            for row in np.flatnonzero(np.abs(values) > LARGEST):
                reason = f"column {self.layout.names.index(name) + 1} ({name}): {values[row]:g} is no measurement"
                bad.append(BadRow(self.name, int(lines[row]), "out of range", reason))
                good[row] = False
            if np.isnan(values).sum() > column.null_count:  # NAN, which pyarrow takes for a number
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

    def _needed(self) -> list[str]:
        return [name for name in self.columns.order if name != self.columns.label]


def _cut(block: bytes, numbers: np.ndarray, row: int | None) -> list[tuple[bytes, np.ndarray]]:
    """A block that cannot be read, in pieces; a small one in what is before its bad row, that, and what is after."""
    if len(block) > PIECE_BYTES or row is None or not 1 <= row <= len(numbers):
        size = max(1, min(PIECE_BYTES, len(block) // 2))
        at = block.rfind(b"\n", 0, size) + 1 or block.find(b"\n") + 1
        count = block.count(b"\n", 0, at)
        return [(block[:at], numbers[:count]), (block[at:], numbers[count:])]
    lines = block.split(b"\n")
    ends = ((0, row - 1), (row - 1, row), (row, len(numbers)))
    return [(b"\n".join([*lines[start:end], b""]), numbers[start:end]) for start, end in ends]
