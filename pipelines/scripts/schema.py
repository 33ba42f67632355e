"""What a use case says of its raw columns, and what kind of problem follows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.scripts.container import InputError

import numpy as np
import pandas as pd

REGRESSION, BINARY, MULTICLASS = PROBLEM_TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")


@dataclass(frozen=True)
class Schema:
    """What a use case says of its raw columns.

    Args:
        label: the column that is to be predicted.
        order: of the columns in a raw file without a header, the label with them; those that are neither label nor
            categorical are numeric. A file with a header may have them in any order, among others.
        categories: categorical column -> all that it may hold.
        zero_is_missing: numeric columns in which a zero is no measurement.
        classes: of the label, in the order of their numbers, the positive one of two last; none where it is a number.
        probability_threshold: of two classes: a probability above it is a positive prediction.
    """

    label: str
    order: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zero_is_missing: frozenset[str] = frozenset()
    classes: tuple[str, ...] = ()
    probability_threshold: float = 0.5

    @property
    def numeric(self) -> tuple[str, ...]:
        """The columns of numbers, without the label."""
        return tuple(name for name in self.order if name != self.label and name not in self.categories)

    @property
    def raw(self) -> list[str]:
        """The columns without the label, in the order of a file without a header."""
        return [name for name in self.order if name != self.label]

    @property
    def types(self) -> dict[str, type]:
        """Column -> float or str, in the order of a file without a header."""
        texts = {*self.categories, *((self.label,) if self.classes else ())}
        return {name: str if name in texts else float for name in self.order}

    @property
    def problem_type(self) -> str:
        """One of PROBLEM_TYPES."""
        return {0: REGRESSION, 2: BINARY}.get(len(self.classes), MULTICLASS)

    @property
    def features(self) -> list[str]:
        """What the columns become: numeric ones, then ``column_category``."""
        return [*self.numeric, *(f"{name}_{one}" for name, categories in self.categories.items() for one in categories)]

    @property
    def columns(self) -> list[str]:
        """Those of the files that a model is trained on: the label, then the features."""
        return [self.label, *self.features]

    def labels(self, frame: pd.DataFrame) -> np.ndarray:
        """The labels as floats, classes as their numbers, what is missing as NaN.

        Raises:
            InputError: a class that is none of ``classes``.
        """
        values = frame[self.label]
        if not self.classes:
            return values.to_numpy(dtype=float)
        codes = pd.Index(self.classes).get_indexer(pd.Index(values))
        unknown = (codes < 0) & values.notna().to_numpy()
        if unknown.any():
            found = values[unknown].iloc[0]
            raise InputError(f"column {self.label!r}: {found[:80]!r} is none of its classes, {', '.join(self.classes)}")
        return np.where(codes < 0, math.nan, codes)

    def numbers(self, frame: pd.DataFrame, column: str) -> np.ndarray:
        """A numeric column as floats, what counts as missing as NaN."""
        values = frame[column].to_numpy(dtype=float, copy=True)
        if column in self.zero_is_missing:
            values[values == 0] = math.nan
        return values
