"""Decide how a model can use a column: as numeric, dates, categories, many categories, or not as a feature."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from pipelines.scaffold.columns import MARKER, Column
from pipelines.scripts.spelling import Spelling

import pyarrow as pa

#: A text column with more values is encoded by frequency, and its most frequent values by a feature each.
MAX_CATEGORIES, MAX_COMMON, MIN_SHARE_COMMON = 50, 20, 0.01
#: A text column with more distinct values than this share of its rows identifies rows.
MAX_SHARE_OF_VALUES = 0.5
#: Up to so many distinct markers are listed in the schema; with more, any text counts as missing.
MAX_MARKERS = 10
_MARKER = re.compile(MARKER, re.IGNORECASE)

NUMERIC, DATES, CATEGORIES, MANY_CATEGORIES = "numeric", "a date", "a category", "one of many categories"


@dataclass(frozen=True)
class ColumnType:
    """Describes how a column is read.

    Args:
        name: one of the constants above.
        spelling: of a numeric column whose cells are not all plain numbers, or of dates with markers.
        date_format: of dates.
        categories: all values; of many categories only the most frequent.
        markers: in numbers and dates, the texts that count as missing -> rows.
    """

    name: str
    spelling: Spelling | None = None
    date_format: str = ""
    categories: tuple[str, ...] = ()
    markers: Counter[str] | None = None


def infer_type(column: Column, max_markers: float, separator: str = ",") -> ColumnType:
    """Decide how a column is read.

    Args:
        column: with the counts of all blocks.
        max_markers: the share of cells that may be any text if the others are numbers.
        separator: of the file. If it is not a comma, a comma in a number is read as a decimal comma.
    """
    if column.rows == column.numbers:
        return as_numeric(column, separator)
    _, numbers = _best_spelling(column, separator)
    markers = Counter({cell: rows for cell, rows in column.texts.items() if _MARKER.match(cell)})
    texts = column.rows - numbers - markers.total()
    if markers.total() < numbers and texts <= max_markers * column.rows:
        return as_numeric(column, separator)
    if column.date_formats and markers.total() < column.rows - markers.total():
        spelling = Spelling(missing=tuple(sorted(markers))) if markers else None
        return ColumnType(DATES, spelling, column.date_formats[0], markers=markers)
    return as_text(column)


def as_numeric(column: Column, separator: str = ",") -> ColumnType:
    """Read a column as numbers, however many of its cells are not."""
    spelling, _ = _best_spelling(column, separator)
    markers = Counter({cell: rows for cell, rows in column.texts.items() if not _is_number(cell, spelling)})
    if not (markers or column.padded or column.blank) and spelling == Spelling():
        return ColumnType(NUMERIC)
    if len(markers) > MAX_MARKERS:
        return ColumnType(NUMERIC, replace(spelling, skip_text=True), markers=markers)
    return ColumnType(NUMERIC, replace(spelling, missing=tuple(sorted(markers))), markers=markers)


def as_text(column: Column) -> ColumnType:
    """Read a column as categories, or as many categories."""
    if not column.has_many_values and len(column.values) <= MAX_CATEGORIES:
        return ColumnType(CATEGORIES, categories=tuple(sorted(column.values)))
    most_common = column.values.most_common(MAX_COMMON)
    common = [value for value, rows in most_common if rows >= MIN_SHARE_COMMON * column.rows]
    return ColumnType(MANY_CATEGORIES, categories=tuple(sorted(common)))


def exclusion_reason(column: Column, column_type: ColumnType, target: Column) -> str:
    """Return why a column is not a feature, as the end of a sentence; "" if it is one."""
    if not column.rows:
        return "has no value"
    if not column.has_many_values and len(column.values) == 1:
        if column.rows == column.all_rows:
            return "is the same in all rows"
        return "is the same number in all rows that have one" if column_type.name == NUMERIC else ""
    if column.is_copy_of(target):
        return f"has the same information as {target.name} in every row: it would leak the target"
    if column_type.name == NUMERIC:
        return "counts the rows" if column.numbers and column.counts_rows and column.rows > 2 else ""
    if column_type.name == MANY_CATEGORIES and _identifies_rows(column):
        return "has a different text in nearly every row"
    return ""


def _identifies_rows(column: Column) -> bool:
    return column.has_many_values or len(column.values) > MAX_SHARE_OF_VALUES * column.rows


def _best_spelling(column: Column, separator: str) -> tuple[Spelling, int]:
    """Return the spelling by which most cells are numbers, and how many rows that are."""
    american = [(Spelling(thousands=","), column.numbers + column.thousands)] if column.thousands else []
    european: list[tuple[Spelling, int]] = []
    if column.points:  # they prove that points are between thousands
        rows = column.numbers + column.decimal_commas + column.points
        european = [(Spelling(decimal=",", thousands="."), rows)]
    elif column.decimal_commas:
        european = [(Spelling(decimal=","), column.numbers + column.decimal_commas)]
    # 1,234 may be either. In a file with commas it had to be quoted, which is usual for thousands.
    candidates = [*american, *european] if separator == "," else [*european, *american]
    return max([*candidates, (Spelling(), column.numbers)], key=lambda candidate: candidate[1])


def _is_number(cell: str, spelling: Spelling) -> bool:
    return spelling.numbers(pa.array([cell]))[1] is None
