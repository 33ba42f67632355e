"""What a target has to be like for a problem, and which of its classes are too rare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from local_sagemaker.tools.errors import UsageError
from pipelines.scaffold.columns import Column
from pipelines.scaffold.kinds import NUMBER, Kind

import pandas as pd

MAX_CLASSES = 100
#: Fewer rows of a class cannot be in each of three splits; fewer than the other number can hardly be learnt.
MIN_ROWS, FEW_ROWS = 3, 10


@dataclass(frozen=True)
class Classes:
    """The classes in the order of their numbers, and what rare ones count as: another class, or None if left out."""

    names: tuple[str, ...] = ()
    rare: Mapping[str, str | None] = field(default_factory=dict)


def number(target: Column, kind: Kind) -> None:
    """Raise UsageError where a regression cannot predict the target."""
    if kind.name != NUMBER:
        text = next((cell for cell in target.texts), "text")
        raise UsageError(
            f"{target.name!r} holds {text!r}: a regression's target has to be a number in every row "
            f"(--numeric {target.name!r} leaves out rows in which it is none)"
        )
    if len(target.kinds) == 1:
        raise UsageError(f"{target.name!r} is {next(iter(target.kinds))} in every row: there is nothing to learn")


def classes(target: Column, problem: str, drop_rare: bool, merge_rare: str | None) -> Classes:
    """The classes that a model learns.

    Args:
        target: the column.
        problem: binary or multiclass.
        drop_rare: whether classes of fewer than 10 rows are left out.
        merge_rare: the class that they all become instead.

    Raises:
        UsageError: they do not fit the problem, or one is too rare.
    """
    found = dict(target.kinds)
    if target.has_many_kinds or len(found) > MAX_CLASSES:
        listed = ", ".join([*found][:5])
        raise UsageError(f"{target.name!r} has many values ({listed}, ...); {WANTED[problem]}: is it another problem?")
    rare = [name for name, rows in found.items() if rows < FEW_ROWS] if drop_rare or merge_rare else []
    for name in rare:
        rows = found.pop(name)
        if merge_rare:
            found[merge_rare] = found.get(merge_rare, 0) + rows
    _check(target.name, found, problem)
    counts_as = {name: merge_rare if merge_rare else None for name in rare if name != merge_rare}
    return Classes(tuple(sorted(found, key=_order)), counts_as)


def _check(target: str, found: Mapping[str, int], problem: str) -> None:
    listed = ", ".join([*found][:5])
    if len(found) == 1:
        raise UsageError(f"{target!r} is {listed!r} in every row: there is nothing to learn")
    if not FITS[problem](len(found)):
        more = ", ..." if len(found) > 2 else ""
        raise UsageError(
            f"{target!r} has {len(found)} values ({listed}{more}); {WANTED[problem]}: is it another problem?"
        )
    if (rows := sum(found.values())) < FEW_ROWS * len(found):
        raise UsageError(
            f"{target!r} has {len(found)} classes in {rows} rows; give {FEW_ROWS} rows a class at least, or leave "
            "out rare ones (--drop-rare): is it another problem?"
        )
    if few := {name: rows for name, rows in found.items() if rows < MIN_ROWS}:
        name, rows = next(iter(few.items()))
        others = f" (and {len(few) - 1} more classes)" if len(few) > 1 else ""
        raise UsageError(
            f"{target!r}: {rows} {'row is' if rows == 1 else 'rows are'} of class {name!r}{others}, too few for "
            f"training, validation and test; --drop-rare leaves classes of fewer than {FEW_ROWS} rows out, "
            "--merge-rare NAME makes one class of them"
        )


WANTED = {
    "binary": "a binary problem's target has two",
    "multiclass": f"a multiclass problem's target has 3 to {MAX_CLASSES}",
}
FITS = {"binary": lambda count: count == 2, "multiclass": lambda count: 2 < count <= MAX_CLASSES}


def _order(name: str) -> tuple[float, str]:
    """Numbers by their size, texts after them by their letters."""
    value = pd.to_numeric(name, errors="coerce")
    return (float("inf") if pd.isna(value) else float(value)), name
