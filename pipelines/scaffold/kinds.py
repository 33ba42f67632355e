"""What a column is: a number, a date, a category, a text of many kinds, or of no use to a model; and why."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from pipelines.scaffold.columns import Column
from pipelines.scripts.spelling import Spelling

import pyarrow as pa

#: A text column of more kinds is told by how frequent each is, and by its commonest kinds.
MAX_CATEGORIES, MAX_COMMON, MIN_SHARE_COMMON = 50, 20, 0.01
#: A text column with a kind for so many of its rows names them.
MAX_SHARE_OF_KINDS = 0.5
#: So many kinds of cells that are no numbers are listed; where there are more, each text stands for no value.
MAX_MARKERS = 10
EXAMPLES = 3
#: What people write where there is no number; such a cell is none of those that speak against a number.
MARKS = re.compile(r"[^\w]+|unknown|missing|none|not available|no data|n\.?a\.?|nil|null|\\n|#\w+[!?]", re.IGNORECASE)

NUMBER, DATE, CATEGORY, MANY = "number", "date", "category", "text of many kinds"


@dataclass(frozen=True)
class Kind:
    """What a column is: one of the words above. ``spelling`` is that of numbers which are not all plain; ``form`` a
    date's; ``categories`` a category's, or the commonest of many; ``markers`` are a number's cells that are none.
    """

    name: str
    spelling: Spelling | None = None
    form: str = ""
    categories: tuple[str, ...] = ()
    markers: Counter[str] | None = None


def kind_of(column: Column, max_markers: float, separator: str = ",") -> Kind:
    """What a column is.

    Args:
        column: all of its cells have gone by.
        max_markers: the share of its cells that may be no numbers where the others are.
        separator: of the file; where it is no comma, a comma in a number is more likely to be a decimal one.
    """
    if column.rows == column.numbers:
        return Kind(NUMBER)
    _, numbers = _likeliest(column, separator)
    marks = sum(rows for cell, rows in column.texts.items() if MARKS.fullmatch(cell))
    if numbers and column.rows - numbers - marks <= max_markers * column.rows:
        return as_number(column, separator)
    if column.date_forms:
        return Kind(DATE, form=column.date_forms[0])
    return as_text(column)


def as_number(column: Column, separator: str = ",") -> Kind:
    """A column as numbers, whatever share of it is none."""
    spelling, _ = _likeliest(column, separator)
    markers = Counter({cell: rows for cell, rows in column.texts.items() if _is_no_number(cell, spelling)})
    if not markers and spelling == Spelling():
        return Kind(NUMBER)
    if len(markers) > MAX_MARKERS:
        return Kind(NUMBER, replace(spelling, skip_text=True), markers=markers)
    return Kind(NUMBER, replace(spelling, missing=tuple(sorted(markers))), markers=markers)


def as_text(column: Column) -> Kind:
    """A column as categories, or as text of many kinds."""
    if not column.has_many_kinds and len(column.kinds) <= MAX_CATEGORIES:
        return Kind(CATEGORY, categories=tuple(sorted(column.kinds)))
    common = [kind for kind, rows in column.kinds.most_common(MAX_COMMON) if rows >= MIN_SHARE_COMMON * column.rows]
    return Kind(MANY, categories=tuple(sorted(common)))


def why_not(column: Column, kind: Kind, target: Column) -> str:
    """Why a model should not be told of a column; nothing where it may be."""
    if not column.rows:
        return "has no value"
    if not column.has_many_kinds and len(column.kinds) == 1:
        if column.rows == column.all_rows:
            return "is the same in all rows"
        return "is the same number in all rows that have one" if kind.name == NUMBER else ""
    if column.is_copy_of(target):
        return f"says what {target.name} says, in every row: it would give the answer away"
    if kind.name == NUMBER:
        return "counts the rows" if column.numbers and column.counts_rows and column.rows > 2 else ""
    if kind.name == MANY and (column.has_many_kinds or len(column.kinds) > MAX_SHARE_OF_KINDS * column.rows):
        return "is text that is another one in nearly every row"
    return ""


def _likeliest(column: Column, separator: str) -> tuple[Spelling, int]:
    """The spelling by which most cells are numbers, and how many are."""
    found = [
        (Spelling(), column.numbers),
        (Spelling(thousands=","), column.numbers + column.thousands if column.thousands else 0),
        (Spelling(decimal=",", thousands="."), column.whole + column.decimal_commas if column.decimal_commas else 0),
    ]
    if separator != ",":
        found.insert(1, found.pop())
    return max(found, key=lambda one: one[1])


def _is_no_number(cell: str, spelling: Spelling) -> bool:
    return spelling.numbers(pa.array([cell]))[1] is not None
