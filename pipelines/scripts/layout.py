"""Which cell of a raw file is which column: by its header where it has one, else by their order."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from pipelines.scripts.container import InputError

#: So many lines are looked at: one of them may be a bad row.
LINES = 100


@dataclass(frozen=True)
class Layout:
    """The names of a file's cells, in their order; ``ignored`` are those that nobody needs."""

    names: tuple[str, ...]
    has_header: bool
    ignored: tuple[str, ...] = ()


def layout(beginning: str, file: str, columns: Sequence[str], label: str, identifier: str) -> Layout:
    """That of a file to be scored.

    With a header, columns may stand in any order among others; without one they are those that the model was trained
    on, in that order, and the label may be among them.

    Args:
        beginning: of the file, some lines of it.
        file: its name, for errors.
        columns: in the order of a file without a header, the label with them.
        label: the column that is not needed.
        identifier: the column that names a row, where there is one.

    Raises:
        InputError: a header lacks a column or has one twice, or a row has neither number of cells.
    """
    needed = [name for name in columns if name != label]
    rows = [row for row in islice(csv.reader(io.StringIO(beginning)), LINES) if row]
    if not rows:
        return Layout(tuple(needed), has_header=False)
    first = [cell.strip() for cell in rows[0]]
    if set(first) & {*needed, label, identifier}:
        return _of_header(first, file, needed, identifier)
    for width, names in ((len(needed), needed), (len(columns), list(columns))):
        if any(len(row) == width for row in rows):
            return Layout(tuple(names), has_header=False, ignored=(label,) if label in names else ())
    raise InputError(
        f"{file}, line 1: {len(first)} cells, where without a header {len(needed)} belong: {', '.join(needed)} "
        f"(or {len(columns)}, with {label})"
    )


def _of_header(names: list[str], file: str, needed: Sequence[str], identifier: str) -> Layout:
    if missing := [name for name in needed if name not in names]:
        raise InputError(f"{file}: its header lacks {', '.join(missing)}; it has {', '.join(names)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{file}: its header has {', '.join(twice)} more than once")
    return Layout(tuple(names), has_header=True, ignored=tuple(n for n in names if n not in {*needed, identifier}))
