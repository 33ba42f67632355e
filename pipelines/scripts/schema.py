"""Describe the raw columns of a use case, and derive the problem type."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.scripts import dates
from pipelines.scripts.container import InputError
from pipelines.scripts.spelling import Spelling

import numpy as np
import pandas as pd

REGRESSION, BINARY, MULTICLASS = PROBLEM_TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")


@dataclass(frozen=True)
class Schema:
    """Describes the raw columns of a use case.

    Args:
        label: the column to predict.
        order: of the columns in a raw file without a header, including the label; columns not named by another argument
            are numeric. A file with a header may have them in any order, among others.
        categories: categorical column -> its categories, each a feature.
        zero_is_missing: numeric columns in which a zero is not a measurement.
        classes: of the label, in the order of their numbers, the positive one of two last; none if it is a number.
        probability_threshold: with two classes, a probability above it is a positive prediction.
        spellings: numeric column whose cells are not all plain numbers -> how its numbers are written.
        dates: column of dates -> their format, for ``strptime``.
        frequencies: columns with many categories, encoded by how frequent the category is. If the column is in
            ``categories`` too, it has both kinds of features.
        rare_classes: class of the label -> the class that it counts as, or None to skip such rows.
    """

    label: str
    order: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zero_is_missing: frozenset[str] = frozenset()
    classes: tuple[str, ...] = ()
    probability_threshold: float = 0.5
    spellings: Mapping[str, Spelling] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    frequencies: tuple[str, ...] = ()
    rare_classes: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def numeric(self) -> tuple[str, ...]:
        """The columns of numbers, without the label."""
        non_numeric = {self.label, *self.categories, *self.dates, *self.frequencies}
        return tuple(name for name in self.order if name not in non_numeric)

    @property
    def raw(self) -> list[str]:
        """The columns without the label, in the order of a file without a header."""
        return [name for name in self.order if name != self.label]

    @property
    def types(self) -> dict[str, type]:
        """Column -> float or str, in the order of a file without a header."""
        numbers = {*self.numeric, *(() if self.classes else (self.label,))}
        return {name: float if name in numbers else str for name in self.order}

    @property
    def problem_type(self) -> str:
        """One of PROBLEM_TYPES."""
        return {0: REGRESSION, 2: BINARY}.get(len(self.classes), MULTICLASS)

    @property
    def measures(self) -> list[str]:
        """The features that are numbers by themselves: numeric columns, and the parts of dates, ``column_year``."""
        parts = (f"{name}_{part}" for name, date_format in self.dates.items() for part in dates.date_parts(date_format))
        return [*self.numeric, *parts]

    @property
    def features(self) -> list[str]:
        """The model's features: measures, then ``column_frequency``, then ``column_category``."""
        frequencies = (f"{name}_frequency" for name in self.frequencies)
        categories = (f"{name}_{value}" for name, values in self.categories.items() for value in values)
        return [*self.measures, *frequencies, *categories]

    @property
    def columns(self) -> list[str]:
        """The columns of the files that a model is trained on: the label, then the features."""
        return [self.label, *self.features]

    def labels(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the labels as floats: a class as its number, a missing label or a skipped class as NaN.

        Raises:
            InputError: a class is neither in ``classes`` nor in ``rare_classes``.
        """
        values = frame[self.label]
        if not self.classes:
            return values.to_numpy(dtype=float)
        numbers, cells = self.class_numbers, values.astype("category").cat
        if unknown := [value for value in cells.categories if value not in numbers]:
            class_names = ", ".join(self.classes)
            raise InputError(
                f"column {self.label!r}: {str(unknown[0])[:80]!r} is not one of its classes: {class_names}"
            )
        return np.array([*(numbers[value] for value in cells.categories), math.nan])[cells.codes]

    @property
    def class_numbers(self) -> dict[str, float]:
        """Class as a file has it -> its number; NaN if such rows are skipped."""
        numbers = {name: float(number) for number, name in enumerate(self.classes)}
        return numbers | {
            name: math.nan if counts_as is None else numbers[counts_as] for name, counts_as in self.rare_classes.items()
        }

    def numbers(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the measures as floats, with missing values as NaN.

        Raises:
            InputError: a cell in a column of dates is not a date.
        """
        measures = {name: self._numeric(frame, name) for name in self.numeric}
        for name, date_format in self.dates.items():
            parts = dates.date_features(frame[name], date_format)
            measures |= {f"{name}_{part}": values for part, values in parts.items()}
        return {name: measures[name] for name in self.measures}

    def _numeric(self, frame: pd.DataFrame, column: str) -> np.ndarray:
        values = frame[column].to_numpy(dtype=float, copy=True)
        if column in self.zero_is_missing:
            values[values == 0] = math.nan
        return values
