"""Fit a featurizer: one pass over the training rows, with bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipelines.scripts.container import InputError
from pipelines.scripts.features import Featurizer, Frequencies, Numeric
from pipelines.scripts.moments import Moments
from pipelines.scripts.schema import Schema

import numpy as np
import pandas as pd

#: Medians are exact up to this many training rows; with more, they are those of a uniform sample of this size.
MEDIAN_ROWS = 1_000_000
#: At most this many categories of a column, the most frequent, get a frequency; the others are treated as unknown.
MAX_FREQUENCY_CATEGORIES = 20_000


@dataclass
class Fit:
    """Accumulates training rows.

    ``known_category_rows`` counts the rows of each categorical column that have a known category. ``leaks`` are the
    columns that equal the label in every row so far.
    """

    schema: Schema
    label_moments: Moments = field(default_factory=Moments)
    class_rows: Counter[int] = field(default_factory=Counter)
    rows: int = 0
    known_category_rows: dict[str, int] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)
    _moments: dict[str, Moments] = field(default_factory=dict)
    _category_rows: dict[str, Counter[str]] = field(default_factory=dict)
    _sample: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaks = [name for name in self.schema.order if name != self.schema.label]
        self._category_rows = {name: Counter() for name in self.schema.frequencies}

    def update(self, frame: pd.DataFrame, draws: np.ndarray) -> None:
        """Add rows; ``draws`` are their uniform random numbers, which select the sample for the median."""
        labels, label_cells = self.schema.labels(frame), frame[self.schema.label]
        self.leaks = [name for name in self.leaks if frame[name].equals(label_cells)]
        self.class_rows.update(labels.astype(int).tolist() if self.schema.classes else ())
        measures = self.schema.numbers(frame)
        for name, values in measures.items():
            self._moments[name] = self._moments.get(name, Moments()).merge(Moments.of(values))
        self.label_moments = self.label_moments.merge(Moments.of(labels))
        for name, categories in self.schema.categories.items():
            self.known_category_rows[name] = self.known_category_rows.get(name, 0) + int(
                frame[name].isin(categories).sum()
            )
        for name, counts in self._category_rows.items():
            counts.update({str(category): int(count) for category, count in frame[name].value_counts().items()})
            if len(counts) > 2 * MAX_FREQUENCY_CATEGORIES:
                self._category_rows[name] = Counter(dict(counts.most_common(MAX_FREQUENCY_CATEGORIES)))
        self.rows += len(frame)
        self._sample.append(np.column_stack([draws, labels, *measures.values()]))
        if sum(map(len, self._sample)) > 2 * MEDIAN_ROWS:
            self._sample = [_rows_with_smallest_draws(np.vstack(self._sample), MEDIAN_ROWS)]

    def finish(self) -> Featurizer:
        """Return the featurizer fitted to the rows so far.

        Raises:
            InputError: a numeric column has no value, a categorical column has no known category, or the label is the
                same in all rows.
        """
        for name, count in self.known_category_rows.items():
            if not count:
                expected = ", ".join(self.schema.categories[name])
                raise InputError(
                    f"column {name!r} has none of its categories ({expected}) in {self.rows} training rows"
                )
        sample = _rows_with_smallest_draws(np.vstack(self._sample), MEDIAN_ROWS)
        numeric = {name: self._numeric(name, sample[:, n]) for n, name in enumerate(self.schema.measures, 2)}
        if not self.label_moments.squared_deviations:
            raise InputError(
                f"column {self.schema.label!r}, the label, is the same in all {self.rows} training rows: there is "
                "nothing to learn"
            )
        class_rows = tuple(self.class_rows[number] for number in range(len(self.schema.classes)))
        naive = float(np.argmax(class_rows)) if class_rows else self.label_moments.mean
        median = None if class_rows else float(np.median(sample[:, 1]))
        frequencies = {name: self._frequencies(category_rows) for name, category_rows in self._category_rows.items()}
        return Featurizer(self.schema, numeric, naive, self.rows, class_rows, median=median, frequencies=frequencies)

    def _numeric(self, name: str, sample: np.ndarray) -> Numeric:
        moments = self._moments.get(name, Moments())
        if not moments.count:
            raise InputError(f"column {name!r} has no value in any of the {self.rows} training rows")
        median = float(np.nanmedian(sample))
        imputed = moments.merge(Moments(self.rows - moments.count, median, 0.0))
        return Numeric(median, imputed.mean, imputed.scale)

    def _frequencies(self, category_rows: Counter[str]) -> Frequencies:
        shares = {
            category: count / self.rows
            for category, count in sorted(category_rows.most_common(MAX_FREQUENCY_CATEGORIES))
        }
        mean = sum(share * category_rows[category] for category, share in shares.items()) / self.rows
        squared_deviations = (
            sum(share**2 * category_rows[category] for category, share in shares.items()) - self.rows * mean**2
        )
        return Frequencies(shares, mean, Moments(self.rows, mean, max(0.0, squared_deviations)).scale)


def _rows_with_smallest_draws(table: np.ndarray, count: int) -> np.ndarray:
    """Return the rows with the smallest first column: a uniform sample, independent of the order of the rows."""
    if len(table) <= count:
        return table
    return table[np.argpartition(table[:, 0], count)[:count]]
