"""Assign the cells of a raw file to columns: by its header if it has one, otherwise by their order."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, NamedTuple

from pipelines.scripts.container import InputError
from pipelines.scripts.headers import clean
from pipelines.scripts.separators import SEPARATORS, find_separator, find_separator_of, split_line

#: How many lines are looked at: one of them may be a bad row.
MAX_LINES = 100
BEGINNING_BYTES, MAX_HEADER_BYTES = 64 << 10, 16 << 20


@dataclass(frozen=True)
class CsvLayout:
    """The names of a file's cells, in their order, and their separator; ``ignored`` are the columns that are not
    needed.

    ``blank_lines`` come before the first row.
    """

    names: tuple[str, ...]
    has_header: bool
    ignored: tuple[str, ...] = ()
    separator: str = ","
    blank_lines: int = 0

    @property
    def first_row(self) -> int:
        """The number of lines that come before the first row."""
        return self.blank_lines + self.has_header


def read_beginning(stream: IO[bytes]) -> str:
    """Read the first lines of a file without cutting one off, and the header however long it is."""
    content = stream.read(BEGINNING_BYTES)
    while len(content) < MAX_HEADER_BYTES and b"\n" not in content and (more := stream.read(BEGINNING_BYTES)):
        content += more
    if stream.read(1):  # the last line may be cut off
        content = content[: content.rfind(b"\n") + 1] or content
    return content.decode("utf-8-sig", errors="replace")


def csv_layout(beginning: str, file: str, columns: Sequence[str], label: str = "", identifier: str = "") -> CsvLayout:
    """Return the layout of a file to be trained on, or scored.

    With a header, columns may be in any order and among others. Without one they have to be the columns that the
    model was trained on, in that order, with or without the label.

    Args:
        beginning: the first lines of the file.
        file: its name, for errors.
        columns: in the order of a file without a header, including the label.
        label: the column that is not needed, if there is one.
        identifier: the column that identifies a row, if there is one.

    Raises:
        InputError: a header lacks a column or has one twice, or rows have the wrong number of cells.
    """
    lines = list(islice(_lines(beginning, file), MAX_LINES))
    separator = _find_layout_separator([line for _, line in lines], columns, label, identifier)
    layout = _layout(_rows(lines, separator), file, columns, label, identifier)
    blank_lines = _count_blank_lines(beginning)
    if layout.has_header and lines[0][0] > blank_lines + 1:
        raise InputError(f"{file}, line {lines[0][0]} is a header, which has to be the first line")
    return replace(layout, separator=separator, blank_lines=blank_lines)


def _count_blank_lines(beginning: str) -> int:
    """Count the blank lines before the first line that is not blank; a malformed line is not blank."""
    filled = (number for number, line in enumerate(beginning.split("\n")) if line.strip("\r"))
    return next(filled, 0)


def _find_layout_separator(lines: list[str], columns: Sequence[str], label: str, identifier: str) -> str:
    """Return the separator by which the first line is a header, else that by which lines have the expected width."""
    names = list(filter(None, [*columns, identifier]))
    first = {sign: split_line(line, sign) for sign in SEPARATORS for line in lines[:1]}
    matches = {sign: len(_find_header_names(row, names)) for sign, row in first.items()}
    if any(matches.values()):
        best = find_separator(lines)
        return max(matches, key=lambda sign: (matches[sign], sign == best))
    return find_separator_of(lines, {len(columns), len(columns) - (label in columns)})


def _find_header_names(row: Sequence[str], names: Sequence[str]) -> set[str]:
    """Return the names that are in a header row; an empty cell has no name but only a number."""
    cells = [cell.strip() for cell in row]
    return _find_names([name for cell, name in zip(cells, clean(cells), strict=True) if cell], names)


def _layout(
    rows: list[tuple[int, list[str]]], file: str, columns: Sequence[str], label: str, identifier: str
) -> CsvLayout:
    needed = [name for name in columns if name != label]
    if not rows:
        return CsvLayout(tuple(needed), has_header=False)
    (number, first), *later_rows = rows
    if _find_header_names(first, list(filter(None, [*needed, label, identifier]))):
        return _layout_of_header(first, file, needed, identifier)
    if header_lines := [line for line, row in later_rows if len(_find_names(row, needed)) == len(needed)]:
        raise InputError(f"{file}, line {header_lines[0]} is a header, which has to be the first line")
    widths = Counter(len(row) for _, row in rows)
    fitting = {len(names): names for names in (needed, list(columns)) if widths[len(names)]}
    if not fitting:
        raise InputError(
            f"{file}, line {number}: {len(first)} cells; a row without a header needs {len(needed)}: "
            f"{', '.join(needed)}{f' (or {len(columns)}, with {label})' if label else ''}"
        )
    names = fitting[max(fitting, key=lambda width: widths[width])]  # a single row may be too short, or too long
    return CsvLayout(tuple(names), has_header=False, ignored=(label,) if label in names else ())


class Header(NamedTuple):
    """The cells of the first line that is not blank, their separator, and how many blank lines come before."""

    cells: list[str]
    separator: str
    blank_lines: int


def header_of(beginning: str, file: str) -> Header:
    """Return the first line of a file that is not blank.

    Raises:
        InputError: there is no such line.
    """
    lines = list(islice(_lines(beginning, file), MAX_LINES))
    if not lines:
        raise InputError(f"{file} has no first line")
    blank_lines = _count_blank_lines(beginning)
    if lines[0][0] > blank_lines + 1:
        raise InputError(f"{file}, line {blank_lines + 1} cannot be read as CSV; it has to be a header")
    separator = find_separator([line for _, line in lines])
    return Header(_rows(lines[:1], separator)[0][1], separator, blank_lines)


def _lines(beginning: str, file: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not empty, with their numbers; lines that cannot be CSV rows are skipped."""
    if "\0" in beginning:
        raise InputError(f"{file} is not UTF-8 text")
    lines = [line.rstrip("\r") for line in beginning.split("\n")]
    if "\r" in lines[0] and not any(lines[1:]):
        raise InputError(f"{file}: its lines end in carriage returns; they have to end in a line feed")
    for number, line in enumerate(lines, 1):
        if line and "\r" not in line and _longest_cell(line) <= csv.field_size_limit():
            yield number, line


def _longest_cell(line: str) -> int:
    """Return an upper bound of the length of the longest cell, whatever the separator."""
    return max(map(len, re.split("[,;\t|]", line)))


def _rows(lines: list[tuple[int, str]], separator: str) -> list[tuple[int, list[str]]]:
    """Split the lines into stripped cells."""
    return [(number, [cell.strip() for cell in split_line(line, separator)]) for number, line in lines]


def _find_names(row: Sequence[str], names: Sequence[str]) -> set[str]:
    """Return the names that are in a row, in lower case; case does not matter."""
    return {name.lower() for name in names} & {cell.lower() for cell in row}


def _layout_of_header(cells: list[str], file: str, needed: Sequence[str], identifier: str) -> CsvLayout:
    names = clean(cells)
    if missing := [name for name in needed if name not in names]:
        case = "; case matters" if set(map(str.lower, missing)) & set(map(str.lower, names)) else ""
        raise InputError(f"{file}: its header lacks {', '.join(missing)}; it has {', '.join(names)}{case}")
    used_names = {*needed, *([identifier] if identifier else [])}
    # The second column with a name is called name_2, and is used if the training data have it.
    single = {name for name in used_names if f"{name}_2" not in used_names}
    if repeated := sorted({cell for cell in cells if cells.count(cell) > 1 and cell in single}):
        raise InputError(f"{file}: its header has {', '.join(repeated)} more than once")
    # Ignored columns get unique names: columns with the same name, or none, would be read as one.
    unique_names = [name if name in used_names else f"{name}#{number}" for number, name in enumerate(names)]
    return CsvLayout(
        tuple(unique_names), has_header=True, ignored=tuple(name for name in unique_names if name not in used_names)
    )
