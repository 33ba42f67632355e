"""Read raw rows so that a bad one costs itself alone: it is named by file and line, the others are read.

A block of some megabytes is read at once, strictly. Where that fails, its halves are, down to the row that is bad; so
files without bad rows are read at full speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipelines.scripts.container import InputError
from pipelines.scripts.layout import Layout, layout
from pipelines.scripts.tables import LARGEST, wrong_cell

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

BLOCK_BYTES = 2 << 20
BEGINNING_BYTES = 64 << 10


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
    """What a raw file holds: ``order`` are all of them as without a header, ``numeric`` those of numbers."""

    order: Sequence[str]
    numeric: Sequence[str]
    label: str
    identifier: str = "id"


@dataclass(frozen=True)
class Rows:
    """The good rows of a block, with the ids that they have or that stand for them, and the bad ones."""

    ids: pa.Array
    table: pa.Table
    bad: list[BadRow]


def read_rows(file: Path, name: str, columns: Columns) -> tuple[Layout, Iterator[Rows]]:
    """The layout of a file, and its rows, block by block.

    Args:
        file: CSV, maybe gzipped by its name.
        name: what it is called in ids and errors. A row without an id of its own is ``name:line``.
        columns: what it holds. An empty cell is missing, and so are NA, NaN, N/A and null.

    Raises:
        InputError: it cannot be read, or its header is none.
    """
    try:
        with pa.input_stream(str(file)) as stream:
            beginning = stream.read(BEGINNING_BYTES).decode("utf-8-sig", errors="replace")
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{name} cannot be read: {error}") from None
    found = layout(beginning, name, columns.order, columns.label, columns.identifier)
    return found, _rows(file, _Reader(name, columns, found))


def _rows(file: Path, reader: _Reader) -> Iterator[Rows]:
    try:
        with pa.input_stream(str(file)) as stream:
            for first, block in _blocks(stream):
                yield reader.rows(block, first)
    except OSError as error:
        raise InputError(f"{reader.name} cannot be read: {error}") from None


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
    layout: Layout

    def rows(self, block: bytes, first: int) -> Rows:
        """Those of a block that begins with line ``first``."""
        if first == 1:
            block, first = self._without_header(block)
        bad: list[BadRow] = []
        parts = [part for part in self._parts(block, first, bad)]
        table = pa.concat_tables([table for table, _ in parts]) if parts else self._empty()
        lines = np.concatenate([lines for _, lines in parts]) if parts else np.empty(0, int)
        good = self._good(table, lines, bad)
        if not good.all():
            table, lines = table.filter(pa.array(good)), lines[good]
        ids = self._ids(table, lines)
        return Rows(ids, table.select(self._needed()), sorted(bad, key=lambda row: row.line))

    def _without_header(self, block: bytes) -> tuple[bytes, int]:
        block = block.removeprefix(b"\xef\xbb\xbf")
        if not self.layout.has_header:
            return block, 1
        line = next(n for n, text in enumerate(block.split(b"\n")) if text.strip(b"\r"))  # empty ones may come before
        return block.split(b"\n", line + 1)[line + 1], line + 2

    def _parts(self, block: bytes, first: int, bad: list[BadRow]) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """What can be read of a block, with the lines' numbers; what cannot goes into ``bad``."""
        lines = _filled(block, first)
        if not len(lines):
            return
        try:
            table = self._table(block)
            if len(table) == len(lines):
                yield table, lines
                return
            kind, reason = "unreadable", "a quote is not closed"
        except pa.ArrowInvalid as error:
            kind, reason = wrong_cell(str(error), self.layout.names)
        if len(lines) == 1:
            bad.append(BadRow(self.name, int(lines[0]), kind, reason))
            return
        cut = block.rfind(b"\n", 0, len(block) // 2) + 1 or block.find(b"\n") + 1
        yield from self._parts(block[:cut], first, bad)
        yield from self._parts(block[cut:], first + block.count(b"\n", 0, cut), bad)

    def _table(self, block: bytes) -> pa.Table:
        named = self.layout.names
        used = [name for name in named if name not in self.layout.ignored]
        types = {name: pa.float64() if name in self.columns.numeric else pa.string() for name in used}
        return csv.read_csv(
            pa.BufferReader(block),
            csv.ReadOptions(column_names=list(named), use_threads=False, block_size=2 * max(len(block), 1 << 10)),
            convert_options=csv.ConvertOptions(column_types=types, include_columns=used, strings_can_be_null=True),
        )

    def _empty(self) -> pa.Table:
        used = [name for name in self.layout.names if name not in self.layout.ignored]
        types = [pa.float64() if name in self.columns.numeric else pa.string() for name in used]
        return pa.table([pa.array([], kind) for kind in types], names=used)

    def _good(self, table: pa.Table, lines: np.ndarray, bad: list[BadRow]) -> np.ndarray:
        """Which rows are well, beside being readable."""
        good = np.ones(len(table), dtype=bool)
        for name in self.columns.numeric:
            values = table[name].to_numpy()
            for row in np.flatnonzero(np.abs(values) > LARGEST):
                reason = f"column {self.layout.names.index(name) + 1} ({name}): {values[row]:g} is no measurement"
                bad.append(BadRow(self.name, int(lines[row]), "out of range", reason))
                good[row] = False
        if self.columns.identifier in table.column_names:
            missing = pc.is_null(table[self.columns.identifier]).to_numpy()
            rows = np.flatnonzero(missing & good)
            bad += [BadRow(self.name, int(lines[row]), "no id", "it has no id") for row in rows]
            good &= ~missing
        return good

    def _ids(self, table: pa.Table, lines: np.ndarray) -> pa.Array:
        if self.columns.identifier in table.column_names:
            return table[self.columns.identifier].combine_chunks()
        return pc.binary_join_element_wise(self.name, pa.array(lines).cast(pa.string()), ":")

    def _needed(self) -> list[str]:
        return [name for name in self.columns.order if name != self.columns.label]


def _filled(block: bytes, first: int) -> np.ndarray:
    """Numbers of the lines that hold something: the reader leaves the empty ones out."""
    count = block.count(b"\n") + (bool(block) and not block.endswith(b"\n"))
    has_empty = block.startswith((b"\n", b"\r\n")) or b"\n\n" in block or b"\n\r\n" in block
    if not has_empty:
        return np.arange(first, first + count)
    lines = block.split(b"\n")[:count]
    return np.array([number for number, line in enumerate(lines, first) if line.strip(b"\r")], dtype=int)
