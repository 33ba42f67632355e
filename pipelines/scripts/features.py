"""The featurizer: raw columns to numbers, as data that anyone can read, never as a pickled object.

Fitted on training rows only, written as featurizer.json beside the model, and applied by the same few lines wherever
the model is fed. A numeric column: missing becomes the training median, then (value - mean) / scale. A categorical
column: one 0/1 column for each category of a fixed list; a missing or unknown category is all zeros. A label that is
a class becomes its number in a fixed list.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines.scripts.container import InputError
from pipelines.scripts.schema import Schema

import numpy as np
import pandas as pd

VERSION = 3
#: Medians are exact up to this many training rows, and of a uniform sample of that size beyond.
MEDIAN_ROWS = 1_000_000


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations: a state that takes chunks and merges (Chan, Golub, LeVeque 1983)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: np.ndarray) -> Moments:
        """The state of one chunk, NaN left out."""
        present = values[~np.isnan(values)]
        if not len(present):
            return cls()
        mean = float(present.mean())
        return cls(len(present), mean, float(np.square(present - mean).sum()))

    def merge(self, other: Moments) -> Moments:
        """The state of both together."""
        if not self.count or not other.count:
            return self if self.count else other
        count, delta = self.count + other.count, other.mean - self.mean
        mean = self.mean + delta * other.count / count
        squares = self.squares + other.squares + delta**2 * self.count * other.count / count
        return Moments(count, mean, squares)

    @property
    def scale(self) -> float:
        """The population standard deviation, or 1 for a column that does not vary."""
        deviation = math.sqrt(self.squares / self.count) if self.count else 0.0
        return deviation or 1.0


@dataclass
class Fit:
    """Training rows seen so far.

    ``known`` are a categorical column's rows with a known category, ``leaks`` the columns that have been the same as
    the label in every row.
    """

    schema: Schema
    label: Moments = field(default_factory=Moments)
    class_rows: Counter[int] = field(default_factory=Counter)
    rows: int = 0
    known: dict[str, int] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)
    _moments: dict[str, Moments] = field(default_factory=dict)
    _sample: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaks = [name for name in self.schema.order if name != self.schema.label]

    def update(self, frame: pd.DataFrame, draws: np.ndarray) -> None:
        """Take rows in; ``draws`` are their uniform random numbers, by which the sample for the median is kept."""
        labels, own = self.schema.labels(frame), frame[self.schema.label]
        self.leaks = [name for name in self.leaks if frame[name].equals(own)]
        self.class_rows.update(labels.astype(int).tolist() if self.schema.classes else ())
        columns = [self.schema.numbers(frame, c) for c in self.schema.numeric]
        for name, values in zip(self.schema.numeric, columns, strict=True):
            self._moments[name] = self._moments.get(name, Moments()).merge(Moments.of(values))
        self.label = self.label.merge(Moments.of(labels))
        for name, categories in self.schema.categories.items():
            self.known[name] = self.known.get(name, 0) + int(frame[name].isin(categories).sum())
        self.rows += len(frame)
        self._sample.append(np.column_stack([draws, *columns]))
        if sum(map(len, self._sample)) > 2 * MEDIAN_ROWS:
            self._sample = [_smallest(np.vstack(self._sample), MEDIAN_ROWS)]

    def finish(self) -> Featurizer:
        """The featurizer of the rows seen.

        Raises:
            InputError: a numeric column without a single value, a categorical one without a known category, or a label
                that is the same in all rows.
        """
        for name, count in self.known.items():
            if not count:
                expected = ", ".join(self.schema.categories[name])
                raise InputError(
                    f"column {name!r} has none of its categories ({expected}) in {self.rows} training rows"
                )
        sample = _smallest(np.vstack(self._sample), MEDIAN_ROWS)
        numeric = {name: self._numeric(name, sample[:, n]) for n, name in enumerate(self.schema.numeric, 1)}
        if not self.label.squares:
            raise InputError(
                f"column {self.schema.label!r}, the label, is the same in all {self.rows} training rows: there is "
                "nothing to learn"
            )
        class_rows = tuple(self.class_rows[number] for number in range(len(self.schema.classes)))
        naive = float(np.argmax(class_rows)) if class_rows else self.label.mean
        return Featurizer(self.schema, numeric, naive, self.rows, class_rows)

    def _numeric(self, name: str, sample: np.ndarray) -> Numeric:
        moments = self._moments.get(name, Moments())
        if not moments.count:
            raise InputError(f"column {name!r} has no value in any of the {self.rows} training rows")
        median = float(np.nanmedian(sample))
        imputed = moments.merge(Moments(self.rows - moments.count, median, 0.0))
        return Numeric(median, imputed.mean, imputed.scale)


@dataclass(frozen=True)
class Numeric:
    """What a numeric column is filled with, and scaled by, in the column's own unit."""

    median: float
    mean: float
    scale: float


@dataclass(frozen=True)
class Featurizer:
    """Raw columns to a matrix.

    ``naive`` is the best prediction that looks at no column: the mean of the training labels, or the number of the most
    frequent class. ``class_rows`` are the training rows of each class. ``is_raw`` says that the model takes the raw
    columns as they are, in the order of a file without a header, and does the rest itself.
    """

    schema: Schema
    numeric: Mapping[str, Numeric]
    naive: float
    rows: int
    class_rows: tuple[int, ...] = ()
    is_raw: bool = False

    @property
    def names(self) -> list[str]:
        """The matrix's columns: numeric ones, then ``column_category``."""
        return self.schema.features

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """Rows to features: float64 of shape (rows, len(names)); needs no label column."""
        columns = [self._scaled(frame, name, fitted) for name, fitted in self.numeric.items()]
        for name, categories in self.schema.categories.items():
            columns += [(frame[name] == category).to_numpy(dtype=float) for category in categories]
        return np.column_stack(columns)

    def _scaled(self, frame: pd.DataFrame, name: str, fitted: Numeric) -> np.ndarray:
        values = self.schema.numbers(frame, name)
        return (np.where(np.isnan(values), fitted.median, values) - fitted.mean) / fitted.scale

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        document = {
            "version": VERSION,
            "rows": self.rows,
            "label": {
                "name": self.schema.label,
                "naive": self.naive,
                "classes": [
                    {"name": name, "rows": rows}
                    for name, rows in zip(self.schema.classes, self.class_rows, strict=True)
                ],
                "probability_threshold": self.schema.probability_threshold,
            },
            "numeric": [
                {"name": name, "zero_is_missing": name in self.schema.zero_is_missing} | asdict(fitted)
                for name, fitted in self.numeric.items()
            ],
            "categorical": [{"name": n, "categories": list(c)} for n, c in self.schema.categories.items()],
            "columns": list(self.schema.order),
            "features": self.names,
            "is_raw": self.is_raw,
        }
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Featurizer:
        """Read what ``save`` wrote.

        Raises:
            InputError: it is no featurizer of this version.
        """
        try:
            document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if document["version"] != VERSION:
                found = document["version"]
                raise InputError(f"{path.name} is of version {found!r}, not {VERSION}; register the model anew")
            return cls._of(document)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise InputError(f"{path.name} is no featurizer: {type(error).__name__}: {error}") from None

    @classmethod
    def _of(cls, document: dict[str, Any]) -> Featurizer:
        numeric, label = document["numeric"], document["label"]
        schema = Schema(
            label=label["name"],
            order=tuple(document["columns"]),
            categories={c["name"]: tuple(c["categories"]) for c in document["categorical"]},
            zero_is_missing=frozenset(c["name"] for c in numeric if c["zero_is_missing"]),
            classes=tuple(c["name"] for c in label["classes"]),
            probability_threshold=label["probability_threshold"],
        )
        fitted = {c["name"]: Numeric(c["median"], c["mean"], c["scale"]) for c in numeric}
        return cls(
            schema,
            fitted,
            label["naive"],
            document["rows"],
            tuple(c["rows"] for c in label["classes"]),
            document["is_raw"],
        )


def _smallest(table: np.ndarray, count: int) -> np.ndarray:
    """The rows with the smallest first columns: a uniform sample, whatever the order of the rows."""
    if len(table) <= count:
        return table
    return table[np.argpartition(table[:, 0], count)[:count]]
