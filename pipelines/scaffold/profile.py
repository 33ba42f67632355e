"""Profile a CSV file: which columns are usable features, why the others are excluded, whether the target fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from pipelines.scaffold import leaks, targets
from pipelines.scaffold.cells import read_blocks
from pipelines.scaffold.column_types import (
    DATES,
    MANY_CATEGORIES,
    NUMERIC,
    ColumnType,
    as_numeric,
    as_text,
    exclusion_reason,
    infer_type,
)
from pipelines.scaffold.columns import Column
from pipelines.scripts.container import InputError
from pipelines.scripts.headers import clean
from pipelines.scripts.schema import Schema
from pipelines.scripts.tables import header

import numpy as np

MAX_MARKERS = 0.05
DEFAULT_THRESHOLD = 0.5
#: A class with a smaller share of the rows is rare.
RARE_SHARE = 0.2
MAX_EXAMPLES = 3
#: The column that identifies a row in the batch pipeline, unless it is configured otherwise.
ID_COLUMN = "id"


@dataclass(frozen=True)
class Overrides:
    """Holds the decisions that the user overrules.

    Args:
        keep, drop: columns that are features, or are not, whatever they look like.
        numeric, text: columns to read as numbers, or as text.
        max_markers: the share of a numeric column's cells that may be any text.
        drop_rare, merge_rare: what to do with classes that have few rows, see ``targets.choose_classes``.
    """

    keep: Sequence[str] = ()
    drop: Sequence[str] = ()
    numeric: Sequence[str] = ()
    text: Sequence[str] = ()
    max_markers: float = MAX_MARKERS
    drop_rare: bool = False
    merge_rare: str | None = None


@dataclass(frozen=True)
class Profile:
    """Describes the content of a file.

    Args:
        schema: the features and the label.
        excluded: column -> why it is not a feature.
        rows, without_target: the rows of the file, and those that cannot be used for training.
        separator: of the cells.
        renamed: names in the header and the names used instead.
        padded: column -> cells with spaces around them.
        missing: numeric column -> how many cells are markers, their share, and examples.
        leaking_sum, leaking_columns: a sum that is the target, and its terms.
        rare_classes: class -> rows, of rare classes that are used for training.
    """

    schema: Schema
    excluded: Mapping[str, str]
    rows: int
    without_target: int
    separator: str = ","
    renamed: Sequence[tuple[str, str]] = ()
    padded: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    leaking_sum: str = ""
    leaking_columns: Sequence[str] = ()
    rare_classes: Mapping[str, int] = field(default_factory=dict)


def profile_file(data: Path, target: str, problem: str, overrides: Overrides | None = None) -> Profile:
    """Read a file once and decide what to do with each column.

    Args:
        data: CSV with a header; cells separated by commas, semicolons, tabs or bars.
        target: the column to predict, by its name in the header or after ``headers.clean``.
        problem: regression, binary or multiclass.
        overrides: the decisions that the user overrules.

    Raises:
        UsageError: the file cannot be read, lacks a column, or its target does not fit the problem.
    """
    try:
        csv_header = header(data)
        names = clean(csv_header.cells)
        target, overrides = _resolve_names(data, csv_header.cells, names, target, overrides or Overrides())
        columns = {name: Column(name, is_text=name in overrides.text) for name in names}
        for block in read_blocks(data, names, csv_header):
            for name, column in columns.items():
                column.update(block[name], block[target])
    except InputError as error:
        raise UsageError(str(error)) from None
    renamed = [(old, new) for old, new in zip(csv_header.cells, names, strict=True) if old != new]
    return replace(_profile(data, columns, target, problem, csv_header.separator, renamed, overrides), renamed=renamed)


def _profile(
    data: Path,
    columns: Mapping[str, Column],
    target: str,
    problem: str,
    separator: str,
    renamed: Sequence[tuple[str, str]],
    overrides: Overrides,
) -> Profile:
    label, classes = columns[target], targets.Classes()
    types = {name: _type_of(column, separator, overrides) for name, column in columns.items()}
    if problem == "regression":
        targets.check_regression_target(label, types[target])
    else:
        classes = targets.choose_classes(label, problem, overrides.drop_rare, overrides.merge_rare)
    excluded = _exclusion_reasons(columns, types, label, overrides, [new for old, new in renamed if not old])
    used = {name: column_type for name, column_type in types.items() if name not in excluded}
    if [*used] == [target]:
        reasons = "; ".join(f"{name} {reason}" for name, reason in excluded.items())
        raise UsageError(
            f"{data.name} has no column from which {target} could be predicted: {reasons or 'it has no other'}"
        )
    _check_duplicates(data, renamed, used)
    schema = _schema(target, used, classes, _threshold(label, classes))
    _check_features(data, schema)
    leaking = _leaking_sum(columns, used, target) if problem == "regression" else {}
    return Profile(
        schema,
        excluded,
        label.all_rows,
        _rows_without_target(label, types[target], classes),
        separator,
        padded={name: columns[name].padded for name in used if columns[name].padded},
        missing={
            name: _summarise_markers(column_type, columns[name])
            for name, column_type in used.items()
            if column_type.markers
        },
        leaking_sum=leaks.format_sum(target, leaking) if leaking else "",
        leaking_columns=tuple(leaking),
        rare_classes={
            name: rows for name, rows in label.values.items() if name in classes.names and rows < targets.FEW_ROWS
        },
    )


def _type_of(column: Column, separator: str, overrides: Overrides) -> ColumnType:
    if column.name in overrides.numeric:
        return as_numeric(column, separator)
    if column.name in overrides.text:
        return as_text(column)
    return infer_type(column, overrides.max_markers, separator)


def _exclusion_reasons(
    columns: Mapping[str, Column],
    types: Mapping[str, ColumnType],
    target: Column,
    overrides: Overrides,
    nameless: Sequence[str],
) -> dict[str, str]:
    """Return each column that is not a feature, with the reason."""
    reasons: dict[str, str] = {}
    for name, column in columns.items():
        if name in overrides.drop:
            reasons[name] = "was dropped (--drop)"
        elif name != target.name and name not in overrides.keep:
            reason = exclusion_reason(column, types[name], target)
            reasons[name] = reason or _identifier_reason(column, name in nameless)
    return {name: reason for name, reason in reasons.items() if reason}


def _identifier_reason(column: Column, is_nameless: bool) -> str:
    """Return why a column that looks like a feature identifies rows, or cannot be found again; "" if neither."""
    is_unique = column.has_many_values or len(column.values) == column.rows
    if is_nameless:
        index = "has no name and another value in every row: it is the row index"
        return index if is_unique else "has no name, so it could not be found in another file"
    return "has an identifier's name and another value in every row" if is_unique and _is_id(column) else ""


def _is_id(column: Column) -> bool:
    return column.name.lower() == ID_COLUMN


def _rows_without_target(target: Column, column_type: ColumnType, classes: targets.Classes) -> int:
    dropped = sum(target.values[name] for name, counts_as in classes.rare.items() if counts_as is None)
    markers = 0 if classes.names else sum((column_type.markers or Counter()).values())
    return target.all_rows - target.rows + dropped + markers


def _threshold(target: Column, classes: targets.Classes) -> float:
    """Return the probability above which the positive class of two is predicted.

    If one of them is rare, that is the positive class's share: by 0.5 the rare class would hardly ever be predicted.
    """
    if len(classes.names) != 2:
        return DEFAULT_THRESHOLD
    rows = Counter({name: 0 for name in classes.names})
    for value, count in target.values.items():
        rows[str(classes.rare.get(value, value))] += count
    negative, positive = (rows[name] for name in classes.names)
    share = positive / (negative + positive)
    return DEFAULT_THRESHOLD if RARE_SHARE <= share <= 1 - RARE_SHARE else float(f"{share:.2g}")


def _schema(target: str, used: Mapping[str, ColumnType], classes: targets.Classes, threshold: float) -> Schema:
    features = {name: column_type for name, column_type in used.items() if name != target}
    with_spellings = features if classes.names else used
    return Schema(
        target,
        tuple(used),
        {name: column_type.categories for name, column_type in features.items() if column_type.categories},
        classes=classes.names,
        probability_threshold=threshold,
        spellings={name: column_type.spelling for name, column_type in with_spellings.items() if column_type.spelling},
        dates={name: column_type.date_format for name, column_type in features.items() if column_type.name == DATES},
        frequencies=tuple(name for name, column_type in features.items() if column_type.name == MANY_CATEGORIES),
        rare_classes=classes.rare,
    )


def _summarise_markers(column_type: ColumnType, column: Column) -> dict[str, Any]:
    markers = column_type.markers or Counter()
    cells, examples = sum(markers.values()), [text for text, _ in markers.most_common(MAX_EXAMPLES)]
    return {"type": column_type.name, "cells": cells, "share": cells / column.rows, "examples": examples}


def _leaking_sum(columns: Mapping[str, Column], used: Mapping[str, ColumnType], target: str) -> dict[str, float]:
    """Return the columns that add up to the target, with their weights, judged by the first rows."""
    plain = [name for name, column_type in used.items() if column_type.name == NUMERIC and not column_type.spelling]
    samples = {name: np.concatenate(columns[name].sample) for name in plain if columns[name].sample}
    if target not in samples:
        return {}
    label = samples.pop(target)
    return leaks.find_sum(label, {name: values for name, values in samples.items() if len(values) == len(label)})


def _check_duplicates(data: Path, renamed: Sequence[tuple[str, str]], used: Container[str]) -> None:
    """Raise UsageError if one column of two with the same name is not used: in another file it would be ambiguous."""
    for old, new in renamed:
        if new == f"{old}_2" and (old in used) != (new in used):
            unused = new if old in used else old
            raise UsageError(
                f"{data.name}: two columns are called {old!r}, and {unused!r} is not used; rename or remove it, or use "
                "--keep"
            )


def _check_features(data: Path, schema: Schema) -> None:
    """Raise UsageError if two features, or a feature and the target, would have the same name."""
    if repeated := [name for name, count in Counter(schema.columns).items() if count > 1]:
        raise UsageError(
            f"{data.name}: a category becomes a column COLUMN_CATEGORY; {repeated[0]!r} would exist twice; rename one"
        )


def _resolve_names(
    data: Path, cells: Sequence[str], names: Sequence[str], target: str, overrides: Overrides
) -> tuple[str, Overrides]:
    """Return the target and the overrides by the names that columns have after ``headers.clean``."""
    current = dict(zip(reversed(cells), reversed(names), strict=True)) | {name: name for name in names}
    if target not in current:
        hint = did_you_mean(target, names)
        raise UsageError(f"{data.name} has no column {target!r}{hint}; its first line has to be a header: {names[:20]}")

    def resolve(option: str) -> list[str]:
        columns = getattr(overrides, option)
        if unknown := [name for name in columns if name not in current]:
            raise UsageError(f"--{option}: {data.name} has no column {unknown[0]!r}{did_you_mean(unknown[0], names)}")
        return [current[name] for name in columns]

    drop = resolve("drop")
    if current[target] in drop:
        raise UsageError(f"--drop: {target!r} is the target")
    keep, numeric, text = resolve("keep"), resolve("numeric"), resolve("text")
    return current[target], replace(overrides, keep=keep, drop=drop, numeric=numeric, text=text)
