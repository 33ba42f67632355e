"""The featurizer: raw columns to numbers, as data that anyone can read, never as a pickled object.

Fitted on training rows only (``fit.py``), written as featurizer.json beside the model, and applied by the same few
lines wherever the model is fed. A numeric column: missing becomes the training median, then (value - mean) / scale; so
each part of a date. A column of many kinds: the share of training rows that have this kind, scaled. A categorical
column: one 0/1 column for each category of a fixed list; a missing or unknown category is all zeros. A label that is a
class becomes its number in a fixed list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines.scripts.container import InputError
from pipelines.scripts.schema import Schema
from pipelines.scripts.spelling import Spelling

import numpy as np
import pandas as pd

#: What is written. Version 3 is read, too: it has no dates, frequencies, spellings, rare classes and median.
VERSION, READ = 4, (3, 4)


@dataclass(frozen=True)
class Numeric:
    """What a numeric column is filled with, and scaled by, in the column's own unit."""

    median: float
    mean: float
    scale: float


@dataclass(frozen=True)
class Frequencies:
    """The share of each category among the training rows, and the scale of these shares."""

    shares: Mapping[str, float]
    mean: float
    scale: float

    def feature(self, cells: pd.Series) -> np.ndarray:
        """Return the scaled share of each cell's category; the share of an unknown or missing one is 0."""
        kinds = cells.astype("category").cat
        shares = np.array([*(self.shares.get(kind, 0.0) for kind in kinds.categories), 0.0])
        return (shares[kinds.codes] - self.mean) / self.scale


@dataclass(frozen=True)
class Featurizer:
    """Raw columns to a matrix.

    ``numeric`` are the schema's measures. ``naive`` is the best prediction that looks at no column: the mean of the
    training labels, or the number of the most frequent class; ``median`` that of training labels which are numbers.
    ``class_rows`` are the training rows of each class. ``is_raw`` says that the model takes the raw columns as they
    are, in the order of a file without a header, and does the rest itself.
    """

    schema: Schema
    numeric: Mapping[str, Numeric]
    naive: float
    rows: int
    class_rows: tuple[int, ...] = ()
    is_raw: bool = False
    median: float | None = None
    frequencies: Mapping[str, Frequencies] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The matrix's columns."""
        return self.schema.features

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """Rows to features: float64 of shape (rows, len(names)); needs no label column.

        Raises:
            InputError: a cell of a column of dates is none.
        """
        measures = self.schema.numbers(frame)
        columns = [_scaled(measures[name], fitted) for name, fitted in self.numeric.items()]
        columns += [fitted.feature(frame[name]) for name, fitted in self.frequencies.items()]
        for name, categories in self.schema.categories.items():
            columns += [(frame[name] == category).to_numpy(dtype=float) for category in categories]
        return np.column_stack(columns)

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        schema = self.schema
        document = {
            "version": VERSION,
            "rows": self.rows,
            "label": {
                "name": schema.label,
                "naive": self.naive,
                "median": self.median,
                "classes": [
                    {"name": name, "rows": rows} for name, rows in zip(schema.classes, self.class_rows, strict=True)
                ],
                "probability_threshold": schema.probability_threshold,
                "rare_classes": dict(schema.rare_classes),
            },
            "numeric": [
                {"name": name, "zero_is_missing": name in schema.zero_is_missing} | asdict(fitted)
                for name, fitted in self.numeric.items()
            ],
            "dates": dict(schema.dates),
            "frequencies": [{"name": name} | asdict(fitted) for name, fitted in self.frequencies.items()],
            "categorical": [{"name": n, "categories": list(c)} for n, c in schema.categories.items()],
            "spellings": {name: spelling.document() for name, spelling in schema.spellings.items()},
            "columns": list(schema.order),
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
            if document["version"] not in READ:
                found = document["version"]
                raise InputError(f"{path.name} is of version {found!r}, not {VERSION}; register the model anew")
            return cls._of(document)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise InputError(f"{path.name} is no featurizer: {type(error).__name__}: {error}") from None

    @classmethod
    def _of(cls, document: dict[str, Any]) -> Featurizer:
        numeric, label = document["numeric"], document["label"]
        frequencies = {
            f["name"]: Frequencies(f["shares"], f["mean"], f["scale"]) for f in document.get("frequencies", ())
        }
        schema = Schema(
            label=label["name"],
            order=tuple(document["columns"]),
            categories={c["name"]: tuple(c["categories"]) for c in document["categorical"]},
            zero_is_missing=frozenset(c["name"] for c in numeric if c["zero_is_missing"]),
            classes=tuple(c["name"] for c in label["classes"]),
            probability_threshold=label["probability_threshold"],
            spellings={name: Spelling.of(one) for name, one in document.get("spellings", {}).items()},
            dates=document.get("dates", {}),
            frequencies=tuple(frequencies),
            rare_classes=label.get("rare_classes", {}),
        )
        return cls(
            schema,
            {c["name"]: Numeric(c["median"], c["mean"], c["scale"]) for c in numeric},
            label["naive"],
            document["rows"],
            tuple(c["rows"] for c in label["classes"]),
            document["is_raw"],
            label.get("median"),
            frequencies,
        )


def _scaled(values: np.ndarray, fitted: Numeric) -> np.ndarray:
    return (np.where(np.isnan(values), fitted.median, values) - fitted.mean) / fitted.scale
