"""Look at a file of rows: which columns a model can be told of, which not and why, and what the target is like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.errors import UsageError
from pipelines.scaffold import leaks, targets
from pipelines.scaffold.cells import read
from pipelines.scaffold.columns import Column
from pipelines.scaffold.kinds import DATE, EXAMPLES, MANY, NUMBER, Kind, as_number, as_text, kind_of, why_not
from pipelines.scripts.container import InputError
from pipelines.scripts.headers import clean
from pipelines.scripts.schema import Schema
from pipelines.scripts.separators import SEPARATORS
from pipelines.scripts.tables import header

import numpy as np

MAX_MARKERS = 0.05
#: A class of a smaller share is rare.
HALF, RARE = 0.5, 0.2


@dataclass(frozen=True)
class Wishes:
    """What a person knows better than the file: columns to keep, to drop, to read as numbers or as texts; the share of
    a number's cells that may be none; what becomes of classes of few rows.
    """

    keep: Sequence[str] = ()
    drop: Sequence[str] = ()
    numeric: Sequence[str] = ()
    text: Sequence[str] = ()
    max_markers: float = MAX_MARKERS
    drop_rare: bool = False
    merge_rare: str | None = None


@dataclass(frozen=True)
class Found:
    """What a file holds: the columns that are of use, why the others are not, and what a person should know of it."""

    schema: Schema
    left_out: Mapping[str, str]
    rows: int
    without_target: int
    separator: str = ","
    renamed: Sequence[tuple[str, str]] = ()
    stripped: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sums: Sequence[str] = ()
    few: Mapping[str, int] = field(default_factory=dict)


def look(data: Path, target: str, problem: str, wishes: Wishes | None = None) -> Found:
    """What a file holds for a problem.

    Args:
        data: CSV with a header; cells separated by commas, semicolons, tabs or bars.
        target: the column to be predicted.
        problem: regression, binary or multiclass.
        wishes: what a person knows better.

    Raises:
        UsageError: it cannot be read, lacks the target, or has a target that does not fit the problem.
    """
    wishes = wishes or Wishes()
    try:
        cells, separator = header(data)
        names = clean(cells)
        target, wishes = _checked(data, cells, names, target, wishes)
        columns = {name: Column(name) for name in names}
        for block in read(data, names, separator):
            for name, column in columns.items():
                column.update(block[name], block[target])
    except InputError as error:
        raise UsageError(str(error)) from None
    return _found(data, [*zip(cells, names, strict=True)], columns, target, problem, separator, wishes)


def _found(
    data: Path,
    renamed: Sequence[tuple[str, str]],
    columns: Mapping[str, Column],
    target: str,
    problem: str,
    separator: str,
    wishes: Wishes,
) -> Found:
    wanted = columns[target]
    kinds = {name: _kind(column, separator, wishes) for name, column in columns.items()}
    classes = targets.Classes()
    if problem == "regression":
        targets.number(wanted, kinds[target])
    else:
        classes = targets.classes(wanted, problem, wishes.drop_rare, wishes.merge_rare)
    left_out = _left_out(columns, kinds, wanted, wishes, [new for old, new in renamed if not old])
    used = {name: kind for name, kind in kinds.items() if name not in left_out}
    if [*used] == [target]:
        listed = "; ".join(f"{name} {why}" for name, why in left_out.items())
        raise UsageError(f"{data.name} has no column from which {target} could be told: {listed or 'it has no other'}")
    schema = _schema(target, used, classes, _threshold(wanted, classes))
    _check_features(data, schema)
    left_out_rows = sum(wanted.kinds[name] for name, counts_as in classes.rare.items() if counts_as is None)
    no_numbers = 0 if classes.names else sum((kinds[target].markers or Counter()).values())
    without = wanted.all_rows - wanted.rows + left_out_rows + no_numbers
    return Found(
        schema,
        left_out,
        wanted.all_rows,
        without,
        separator,
        [pair for pair in renamed if pair[0] != pair[1]],
        {name: columns[name].stripped for name in used if columns[name].stripped},
        {name: _missing(kind, columns[name]) for name, kind in used.items() if kind.markers},
        _sums(columns, used, target) if problem == "regression" else (),
        {name: rows for name, rows in wanted.kinds.items() if name in classes.names and rows < targets.FEW_ROWS},
    )


def _kind(column: Column, separator: str, wishes: Wishes) -> Kind:
    if column.name in wishes.numeric:
        return as_number(column, separator)
    if column.name in wishes.text:
        return as_text(column)
    return kind_of(column, wishes.max_markers, separator)


def _left_out(
    columns: Mapping[str, Column],
    kinds: Mapping[str, Kind],
    target: Column,
    wishes: Wishes,
    nameless: Sequence[str],
) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for name, column in columns.items():
        if name in wishes.drop:
            reasons[name] = "is not wanted (--drop)"
        elif name != target.name and name not in wishes.keep:
            reasons[name] = why_not(column, kinds[name], target) or (_is_index(column) if name in nameless else "")
    return {name: why for name, why in reasons.items() if why}


def _is_index(column: Column) -> str:
    """Why a column without a name is the rows' own number; nothing where it is not."""
    is_unique = column.has_many_kinds or len(column.kinds) == column.rows
    return "has no name, and another value in every row: it is the rows' index" if is_unique else ""


def _threshold(target: Column, classes: targets.Classes) -> float:
    """Of two classes of which one is rare: the share of the positive one, above which a probability says more than
    that. By 0.5 a rare class would hardly ever be predicted.
    """
    if len(classes.names) != 2:
        return HALF
    counted = [
        sum(target.kinds[kind] for kind in target.kinds if classes.rare.get(kind, kind) == name)
        for name in classes.names
    ]
    share = counted[1] / sum(counted)
    return HALF if RARE <= share <= 1 - RARE else float(f"{share:.2g}")


def _schema(target: str, used: Mapping[str, Kind], classes: targets.Classes, threshold: float) -> Schema:
    others = {name: kind for name, kind in used.items() if name != target}
    return Schema(
        target,
        tuple(used),
        {name: kind.categories for name, kind in others.items() if kind.categories},
        classes=classes.names,
        probability_threshold=threshold,
        spellings={
            name: kind.spelling
            for name, kind in used.items()
            if kind.spelling and not (name == target and classes.names)
        },
        dates={name: kind.form for name, kind in others.items() if kind.name == DATE},
        frequencies=tuple(name for name, kind in others.items() if kind.name == MANY),
        rare_classes=classes.rare,
    )


def _missing(kind: Kind, column: Column) -> dict[str, Any]:
    """The cells of a column of numbers that are none, and the commonest of them."""
    markers = kind.markers or Counter()
    cells = sum(markers.values())
    return {
        "cells": cells,
        "share": cells / column.rows,
        "examples": [text for text, _ in markers.most_common(EXAMPLES)],
    }


def _sums(columns: Mapping[str, Column], used: Mapping[str, Kind], target: str) -> Sequence[str]:
    """The columns that add up to the target, written as a sum; none where there are no such."""
    plain = [name for name, kind in used.items() if kind.name == NUMBER and not kind.spelling]
    samples = {name: np.concatenate(columns[name].sample) for name in plain if columns[name].sample}
    if target not in samples:
        return ()
    wanted = samples.pop(target)
    found = leaks.sum_of(wanted, {name: values for name, values in samples.items() if len(values) == len(wanted)})
    return (leaks.written(target, found), *found) if found else ()


def _check_features(data: Path, schema: Schema) -> None:
    """Raise UsageError where a category's feature would be called as another one, or as the target."""
    if twice := [name for name, count in Counter(schema.columns).items() if count > 1]:
        raise UsageError(
            f"{data.name}: a category becomes a column COLUMN_KIND, and {twice[0]!r} would be there twice; rename one"
        )


def _checked(data: Path, cells: Sequence[str], names: Sequence[str], target: str, wishes: Wishes) -> tuple[str, Wishes]:
    """The target and the wishes, by the names that columns have now."""
    now = dict(zip(reversed(cells), reversed(names), strict=True))  # of two of a name the first is meant
    if target not in names and target not in now:
        hint = did_you_mean(target, names)
        raise UsageError(f"{data.name} has no column {target!r}{hint}; its first line has to be a header: {names[:20]}")

    def named(option: str, given: Sequence[str]) -> list[str]:
        for name in given:
            if name not in names and name not in now:
                raise UsageError(f"--{option}: {data.name} has no column {name!r}{did_you_mean(name, names)}")
        return [name if name in names else now[name] for name in given]

    options = {option: named(option, getattr(wishes, option)) for option in ("keep", "drop", "numeric", "text")}
    more = {"max_markers": wishes.max_markers, "drop_rare": wishes.drop_rare, "merge_rare": wishes.merge_rare}
    target = target if target in names else now[target]
    if target in options["drop"]:
        raise UsageError(f"--drop: {target!r} is the target")
    return target, Wishes(**options, **more)  # type: ignore[arg-type]


def messages(found: Found) -> list[str]:
    """What a person should know of a file, one line each."""
    lines = [f"cells are separated by {SEPARATORS[found.separator]}"] if found.separator != "," else []
    lines += [f"renamed: {old!r} is {new!r} from here on" for old, new in found.renamed]
    lines += [f"stripped: {name}: {count} cells have spaces around them" for name, count in found.stripped.items()]
    for name, of in found.missing.items():
        examples = ", ".join(map(repr, of["examples"]))
        lines.append(
            f"missing: {name} is a number, but in {of['cells']} cells ({of['share']:.1%}), such as {examples}; "
            f"--text {name!r} makes it a text"
        )
    lines += [f"left out: {name} {why}" for name, why in found.left_out.items()]
    for name, form in found.schema.dates.items():
        lines.append(f"date: {name} is read as {form}")
    if found.sums:
        equation, *columns = found.sums
        named = " ".join(repr(name) for name in columns)
        lines.append(f"warning: {equation} in every row, which gives the answer away; --drop {named} leaves them out")
    for name, rows in found.few.items():
        lines.append(f"warning: only {rows} rows are of class {name!r}; --drop-rare leaves them out")
    return lines
