"""Turn raw columns into numbers with a featurizer that is stored as plain data, never as a pickled object.

It is fitted on training rows only (``fit.py``), written as featurizer.json next to the model, and applied by the same
code wherever the model gets data. In a numeric column, missing becomes the training median, then (value - mean) /
scale;
so does each part of a date. A column of many categories becomes the share of training rows in the category, scaled. A
categorical column becomes one 0/1 column for each category of a fixed list; for a missing or unknown category all are
0. A label that is a class becomes its number in a fixed list.
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

#: The version that is written. Version 3 can be read: it lacks dates, frequencies, spellings, rare classes and median.
VERSION, READABLE_VERSIONS = 4, (3, 4)


@dataclass(frozen=True)
class Numeric:
    """Holds the value that fills a numeric column's gaps, and its mean and scale, in the column's own unit."""

    median: float
    mean: float
    scale: float


@dataclass(frozen=True)
class Frequencies:
    """Holds the share of each category among the training rows, and the mean and scale of these shares."""

    shares: Mapping[str, float]
    mean: float
    scale: float

    def feature(self, cells: pd.Series) -> np.ndarray:
        """Return the scaled share of each cell's category; the share of an unknown or missing one is 0."""
        categories = cells.astype("category").cat
        shares = np.array([*(self.shares.get(category, 0.0) for category in categories.categories), 0.0])
        return (shares[categories.codes] - self.mean) / self.scale


@dataclass(frozen=True)
class Featurizer:
    """Turns raw columns into a matrix.

    ``numeric`` are the schema's measures. ``naive`` is the best prediction that looks at no column: the mean of the
    training labels, or the number of the most frequent class. ``median`` is that of training labels that are numbers.
    ``class_rows`` are the numbers of training rows of each class. If ``is_raw`` is set, the model takes the raw columns
    as they are, in the order of a file without a header, and transforms them itself.
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
        """Turn rows into features: float64 of shape (rows, len(names)). No label column is needed.

        Raises:
            InputError: a cell in a column of dates is not a date.
        """
        measures = self.schema.numbers(frame)
        columns = [_scale(measures[name], fitted) for name, fitted in self.numeric.items()]
        columns += [fitted.feature(frame[name]) for name, fitted in self.frequencies.items()]
        for name, categories in self.schema.categories.items():
            columns += [(frame[name] == category).to_numpy(dtype=float) for category in categories]
        return np.column_stack(columns)

    def save(self, path: Path) -> None:
        """Write the featurizer as JSON."""
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
            InputError: the file is not a featurizer of a readable version.
        """
        try:
            document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if document["version"] not in READABLE_VERSIONS:
                version = document["version"]
                raise InputError(f"{path.name} is version {version!r}, not {VERSION}; register the model again")
            return cls._from_document(document)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise InputError(f"{path.name} is not a featurizer: {type(error).__name__}: {error}") from None

    @classmethod
    def _from_document(cls, document: dict[str, Any]) -> Featurizer:
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
            spellings={name: Spelling.of(spelling) for name, spelling in document.get("spellings", {}).items()},
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


def _scale(values: np.ndarray, fitted: Numeric) -> np.ndarray:
    return (np.where(np.isnan(values), fitted.median, values) - fitted.mean) / fitted.scale
