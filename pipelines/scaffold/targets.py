"""Check that a target fits its problem type, and decide what to do with rare classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from local_sagemaker.tools.command_errors import UsageError
from pipelines.scaffold.column_types import NUMERIC, ColumnType
from pipelines.scaffold.columns import Column

import pandas as pd

MAX_CLASSES = 100
#: A class with fewer rows than this cannot be in all three splits; with fewer than FEW_ROWS it is rare.
MIN_ROWS, FEW_ROWS = 3, 10
EXPECTED_CLASSES = {
    "binary": "a binary problem's target has two",
    "multiclass": f"a multiclass problem's target has 3 to {MAX_CLASSES}",
}
FITS_PROBLEM = {"binary": lambda count: count == 2, "multiclass": lambda count: 2 < count <= MAX_CLASSES}


@dataclass(frozen=True)
class Classes:
    """The classes; a class's position in ``names`` is its class number.

    ``rare`` maps each rare class to the class that it counts as, or to None if its rows are dropped.
    """

    names: tuple[str, ...] = ()
    rare: Mapping[str, str | None] = field(default_factory=dict)


def check_regression_target(target: Column, column_type: ColumnType) -> None:
    """Raise UsageError if a regression cannot predict the target."""
    if column_type.name != NUMERIC:
        text = next(iter(target.texts), "text")
        raise UsageError(
            f"{target.name!r} has the value {text!r}: a regression's target has to be a number in every row "
            f"(--numeric {target.name!r} skips the rows in which it is not)"
        )
    if len(target.values) == 1:
        raise UsageError(f"{target.name!r} is {next(iter(target.values))} in every row: there is nothing to learn")


def choose_classes(target: Column, problem: str, drop_rare: bool, merge_rare: str | None) -> Classes:
    """Choose the classes that a model learns.

    Args:
        target: the column.
        problem: binary or multiclass.
        drop_rare: skip rows of classes with fewer than FEW_ROWS rows.
        merge_rare: the class to which those rows are added instead.

    Raises:
        UsageError: the classes do not fit the problem, or one is too rare.
    """
    rows_by_class = dict(target.values)
    if target.has_many_values or len(rows_by_class) > MAX_CLASSES:
        examples = ", ".join([*rows_by_class][:5])
        raise UsageError(
            f"{target.name!r} has many values ({examples}, ...); {EXPECTED_CLASSES[problem]}; does "
            "another --problem fit?"
        )
    rare = [name for name, rows in rows_by_class.items() if rows < FEW_ROWS] if drop_rare or merge_rare else []
    for name in rare:
        rows = rows_by_class.pop(name)
        if merge_rare:
            rows_by_class[merge_rare] = rows_by_class.get(merge_rare, 0) + rows
    _check_classes(target.name, rows_by_class, problem)
    counts_as = {name: merge_rare or None for name in rare if name != merge_rare}
    return Classes(tuple(sorted(rows_by_class, key=_numbers_first)), counts_as)


def _check_classes(target: str, rows_by_class: Mapping[str, int], problem: str) -> None:
    count, rows = len(rows_by_class), sum(rows_by_class.values())
    examples = ", ".join([*rows_by_class][:5])
    if count == 1:
        raise UsageError(f"{target!r} is {examples!r} in every row: there is nothing to learn")
    if not FITS_PROBLEM[problem](count):
        more = ", ..." if count > 2 else ""
        raise UsageError(
            f"{target!r} has {count} values ({examples}{more}); {EXPECTED_CLASSES[problem]}; does "
            "another --problem fit?"
        )
    if rows < FEW_ROWS * count:
        raise UsageError(
            f"{target!r} has {count} classes in {rows} rows, but {FEW_ROWS} rows per class are needed; add rows, or "
            "drop rare ones (--drop-rare); does another --problem fit?"
        )
    _check_rare(target, {name: rows for name, rows in rows_by_class.items() if rows < MIN_ROWS})


def _check_rare(target: str, rare: Mapping[str, int]) -> None:
    if not rare:
        return
    name, rows = next(iter(rare.items()))
    more = f" ({len(rare) - 1} more classes have too few, as well)" if len(rare) > 1 else ""
    raise UsageError(
        f"{target!r}: class {name!r} has only {rows} row{'s' * (rows != 1)}, too few for training, validation and "
        f"test{more}; --drop-rare skips the rows of classes with fewer than {FEW_ROWS} rows, --merge-rare NAME merges "
        "these classes into the class NAME"
    )


def _numbers_first(name: str) -> tuple[float, str]:
    """Return a sort key: numbers in ascending order, then texts in alphabetical order."""
    value = pd.to_numeric(name, errors="coerce")
    return (float("inf") if pd.isna(value) else float(value)), name
