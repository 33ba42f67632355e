"""What a use case says of its raw columns, and what kind of problem follows."""

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
    """What a use case says of its raw columns.

    Args:
        label: the column that is to be predicted.
        order: of the columns in a raw file without a header, the label with them; those not named by another argument
            are numeric. A file with a header may have them in any order, among others.
        categories: categorical column -> its categories, each a feature.
        zero_is_missing: numeric columns in which a zero is no measurement.
        classes: of the label, in the order of their numbers, the positive one of two last; none where it is a number.
        probability_threshold: of two classes: a probability above it is a positive prediction.
        spellings: numeric column whose cells are not all plain numbers -> how they are written.
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
        others = {self.label, *self.categories, *self.dates, *self.frequencies}
        return tuple(name for name in self.order if name not in others)

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
        """What the columns become: measures, then ``column_frequency``, then ``column_category``."""
        frequencies = (f"{name}_frequency" for name in self.frequencies)
        categories = (f"{name}_{one}" for name, kinds in self.categories.items() for one in kinds)
        return [*self.measures, *frequencies, *categories]

    @property
    def columns(self) -> list[str]:
        """Those of the files that a model is trained on: the label, then the features."""
        return [self.label, *self.features]

    def labels(self, frame: pd.DataFrame) -> np.ndarray:
        """The labels as floats, classes as their numbers, what is missing or left out as NaN.

        Raises:
            InputError: a class that is none of ``classes`` nor of ``rare_classes``.
        """
        values = frame[self.label]
        if not self.classes:
            return values.to_numpy(dtype=float)
        numbers, found = self.class_numbers, values.astype("category").cat
        if unknown := [kind for kind in found.categories if kind not in numbers]:
            named = ", ".join(self.classes)
            raise InputError(f"column {self.label!r}: {str(unknown[0])[:80]!r} is none of its classes, {named}")
        return np.array([*(numbers[kind] for kind in found.categories), math.nan])[found.codes]

    @property
    def class_numbers(self) -> dict[str, float]:
        """Class as a file has it -> its number; NaN where such rows are left out."""
        numbers = {name: float(number) for number, name in enumerate(self.classes)}
        return numbers | {
            name: math.nan if counts_as is None else numbers[counts_as] for name, counts_as in self.rare_classes.items()
        }

    def numbers(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """The measures as floats, what counts as missing as NaN.

        Raises:
            InputError: a cell of a column of dates is none.
        """
        found = {name: self._numeric(frame, name) for name in self.numeric}
        for name, date_format in self.dates.items():
            parts = dates.date_features(frame[name], date_format)
            found |= {f"{name}_{part}": values for part, values in parts.items()}
        return {name: found[name] for name in self.measures}

    def _numeric(self, frame: pd.DataFrame, column: str) -> np.ndarray:
        values = frame[column].to_numpy(dtype=float, copy=True)
        if column in self.zero_is_missing:
            values[values == 0] = math.nan
        return values
