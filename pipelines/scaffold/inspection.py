"""Look at a file of rows: which columns a model can be told of, which not and why, and what the target is like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.errors import UsageError
from pipelines.scripts.container import InputError
from pipelines.scripts.layout import separator_hint
from pipelines.scripts.schema import Schema
from pipelines.scripts.tables import header, read_chunks

import numpy as np
import pandas as pd

#: A text column of more kinds is no category.
MAX_CATEGORIES = 50
MAX_CLASSES = 100
#: With fewer rows of a class, on average, a split may have none of it.
ROWS_OF_A_CLASS = 10
#: Two columns of numbers that are correlated like this are one.
ONE = 1 - 1e-9


class Found(NamedTuple):
    """What a file holds: the columns that are of use, and why the others are not."""

    schema: Schema
    left_out: Mapping[str, str]
    rows: int
    without_target: int


@dataclass
class Column:
    """What is kept of a column's cells while they go by; ``kinds`` is empty once there are too many."""

    name: str
    all_rows: int = 0
    rows: int = 0
    numbers: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    has_many_kinds: bool = False
    pairs: set[tuple[str, str]] = field(default_factory=set)
    counts_rows: bool = True
    _origin: np.ndarray | None = None
    _moments: np.ndarray = field(default_factory=lambda: np.zeros(6))

    def update(self, cells: pd.Series, target: pd.Series, target_numbers: np.ndarray) -> None:
        """Take cells in, and the target's beside them, as text and as numbers."""
        present, parsed = cells.dropna(), pd.to_numeric(cells, errors="coerce")
        self.all_rows += len(cells)
        self.rows, self.numbers = self.rows + len(present), self.numbers + int(parsed.notna().sum())
        self.counts_rows &= len(present) == len(cells) and bool((parsed.diff().dropna() == 1).all())
        self._measure(np.column_stack([parsed.to_numpy(dtype=float), target_numbers]))
        if not self.has_many_kinds:
            self.kinds.update(present)
            self.pairs |= set(zip(present, target[present.index].fillna(""), strict=True))
            self.has_many_kinds = len(self.kinds) > MAX_CLASSES
        if self.has_many_kinds:
            self.kinds, self.pairs = Counter(), set()

    def _measure(self, both: np.ndarray) -> None:
        """Count, sums, sums of squares and of products, where cell and target are numbers; from the first such row on,
        so that large numbers of little variation keep their digits.
        """
        both = both[np.isfinite(both).all(axis=1)]
        if len(both):
            self._origin = both[0] if self._origin is None else self._origin
            x, y = (both - self._origin).T
            self._moments += [len(both), x.sum(), y.sum(), x @ x, y @ y, x @ y]

    @property
    def is_number(self) -> bool:
        """Whether all cells are."""
        return self.rows > 0 and self.numbers == self.rows

    def why_not(self, target: Column) -> str:
        """Why a model should not be told of it; nothing where it may be."""
        if not self.rows:
            return "has no value"
        if len(self.kinds) == 1:
            if self.rows == self.all_rows:
                return "is the same in all rows"
            return "is the same number in all rows that have one" if self.is_number else ""
        if self._is(target):
            return f"says what {target.name} says, in every row: it would give the answer away"
        if self.is_number:
            return "counts the rows" if self.counts_rows and self.rows > 2 else ""
        return f"is text of more than {MAX_CATEGORIES} kinds" if self._has_too_many else ""

    @property
    def _has_too_many(self) -> bool:
        return self.has_many_kinds or len(self.kinds) > MAX_CATEGORIES

    def _is(self, target: Column) -> bool:
        is_seen_again = 2 * len(self.kinds) <= self.rows  # else every row has a kind of its own, which says nothing
        if self.pairs and target.kinds and is_seen_again:
            return len(self.pairs) == len(self.kinds) == len(target.kinds)
        n, x, y, xx, yy, xy = self._moments
        spread = (n * xx - x * x) * (n * yy - y * y)
        return bool(n > 2 and spread > 0 and abs(n * xy - x * y) / np.sqrt(spread) > ONE)


def look(data: Path, target: str, problem: str) -> Found:
    """What a file holds for a problem.

    Args:
        data: CSV with a header.
        target: the column to be predicted.
        problem: regression, binary or multiclass.

    Raises:
        UsageError: it cannot be read, lacks the target, or has a target that does not fit the problem.
    """
    try:
        names = header(data)
        _check_names(data, names, target)
        columns = _columns(data, names, target)
    except InputError as error:
        raise UsageError(str(error)) from None
    wanted = columns[target]
    classes = PROBLEMS[problem](wanted)
    reasons = {name: one.why_not(wanted) for name, one in columns.items() if name != target}
    left_out = {name: why for name, why in reasons.items() if why}
    used = [name for name in names if name not in left_out]
    if used == [target]:
        listed = "; ".join(f"{name} {why}" for name, why in left_out.items())
        raise UsageError(f"{data.name} has no column from which {target} could be told: {listed or 'it has no other'}")
    categories = {n: tuple(sorted(columns[n].kinds)) for n in used if n != target and not columns[n].is_number}
    schema = Schema(target, tuple(used), categories, classes=classes)
    _check_features(data, schema)
    return Found(schema, left_out, wanted.all_rows, wanted.all_rows - wanted.rows)


def _check_features(data: Path, schema: Schema) -> None:
    """Raise UsageError where a category's feature would be called as another one, or as the target."""
    if twice := [name for name, count in Counter(schema.columns).items() if count > 1]:
        raise UsageError(
            f"{data.name}: a category becomes a column COLUMN_KIND, and {twice[0]!r} would be there twice; rename one"
        )


def _check_names(data: Path, names: list[str], target: str) -> None:
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise UsageError(
            f"{data.name}: its header has {', '.join(map(repr, twice))} more than once; rename one of each"
        )
    if odd := [name for name in names if not name or set(name) & set(',"\r\n')]:
        wrong = (
            "a comma, a quote or a line's end" if odd[0] else "no letter; pandas writes none with to_csv(index=False)"
        )
        raise UsageError(f"{data.name}: the column name {odd[0]!r} has {wrong}")
    if target not in names:
        hint = did_you_mean(target, names) or separator_hint(names)
        raise UsageError(f"{data.name} has no column {target!r}{hint}; its first line has to be a header: {names[:20]}")


def _columns(data: Path, names: list[str], target: str) -> dict[str, Column]:
    columns = {name: Column(name) for name in names}
    for chunk in read_chunks([data], dict.fromkeys(names, str)):
        numbers = pd.to_numeric(chunk[target], errors="coerce").to_numpy(dtype=float)
        for name, column in columns.items():
            column.update(chunk[name], chunk[target], numbers)
    return columns


def _number(target: Column) -> tuple[str, ...]:
    if not target.is_number:
        text = next((kind for kind in target.kinds if pd.isna(pd.to_numeric(kind, errors="coerce"))), "text")
        raise UsageError(f"{target.name!r} holds {text!r}: a regression's target has to be a number in every row")
    if len(target.kinds) == 1:
        raise UsageError(f"{target.name!r} is {next(iter(target.kinds))} in every row: there is nothing to learn")
    return ()


def _two(target: Column) -> tuple[str, ...]:
    return _classes(target, len(target.kinds) == 2, "a binary problem's target has two: is it another problem?")


def _several(target: Column) -> tuple[str, ...]:
    fits = 2 < len(target.kinds) <= MAX_CLASSES
    return _classes(target, fits, f"a multiclass problem's target has 3 to {MAX_CLASSES}: is it another problem?")


def _classes(target: Column, fits: bool, wanted: str) -> tuple[str, ...]:
    count = "many" if target.has_many_kinds else len(target.kinds)
    if count == 1:
        raise UsageError(f"{target.name!r} is {next(iter(target.kinds))!r} in every row: there is nothing to learn")
    if not fits:
        listed = ", ".join(list(target.kinds)[:5])
        raise UsageError(f"{target.name!r} has {count} values ({listed}{', ...' if count != 2 else ''}); {wanted}")
    if lonely := [kind for kind, rows in target.kinds.items() if rows == 1]:
        raise UsageError(f"{target.name!r}: a single row is of class {lonely[0]!r}; give more of them, or leave it out")
    if target.rows < ROWS_OF_A_CLASS * len(target.kinds):
        raise UsageError(
            f"{target.name!r} has {count} classes in {target.rows} rows; give {ROWS_OF_A_CLASS} rows a class at least"
        )
    return tuple(sorted(target.kinds, key=_order))


def _order(kind: str) -> tuple[float, str]:
    """Numbers by their size, texts after them by their letters."""
    number = pd.to_numeric(kind, errors="coerce")
    return (np.inf if pd.isna(number) else float(number)), kind


#: Problem -> the classes of a target that fits it.
PROBLEMS = {"regression": _number, "binary": _two, "multiclass": _several}
