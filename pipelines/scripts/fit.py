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

#: Medians are exact up to this many training rows, and of a uniform sample of that size beyond.
MEDIAN_ROWS = 1_000_000
#: How many categories of a column are kept at most, the most frequent; the others are treated as unknown.
MAX_KINDS = 20_000


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
    _kinds: dict[str, Counter[str]] = field(default_factory=dict)
    _sample: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaks = [name for name in self.schema.order if name != self.schema.label]
        self._kinds = {name: Counter() for name in self.schema.frequencies}

    def update(self, frame: pd.DataFrame, draws: np.ndarray) -> None:
        """Take rows in; ``draws`` are their uniform random numbers, by which the sample for the median is kept."""
        labels, own = self.schema.labels(frame), frame[self.schema.label]
        self.leaks = [name for name in self.leaks if frame[name].equals(own)]
        self.class_rows.update(labels.astype(int).tolist() if self.schema.classes else ())
        measures = self.schema.numbers(frame)
        for name, values in measures.items():
            self._moments[name] = self._moments.get(name, Moments()).merge(Moments.of(values))
        self.label = self.label.merge(Moments.of(labels))
        for name, categories in self.schema.categories.items():
            self.known[name] = self.known.get(name, 0) + int(frame[name].isin(categories).sum())
        for name, kinds in self._kinds.items():
            kinds.update({str(kind): int(count) for kind, count in frame[name].value_counts().items()})
            if len(kinds) > 2 * MAX_KINDS:
                self._kinds[name] = Counter(dict(kinds.most_common(MAX_KINDS)))
        self.rows += len(frame)
        self._sample.append(np.column_stack([draws, labels, *measures.values()]))
        if sum(map(len, self._sample)) > 2 * MEDIAN_ROWS:
            self._sample = [_smallest(np.vstack(self._sample), MEDIAN_ROWS)]

    def finish(self) -> Featurizer:
        """Return the featurizer fitted to the rows so far.

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
        numeric = {name: self._numeric(name, sample[:, n]) for n, name in enumerate(self.schema.measures, 2)}
        if not self.label.squares:
            raise InputError(
                f"column {self.schema.label!r}, the label, is the same in all {self.rows} training rows: there is "
                "nothing to learn"
            )
        class_rows = tuple(self.class_rows[number] for number in range(len(self.schema.classes)))
        naive = float(np.argmax(class_rows)) if class_rows else self.label.mean
        median = None if class_rows else float(np.median(sample[:, 1]))
        frequencies = {name: self._frequencies(kinds) for name, kinds in self._kinds.items()}
        return Featurizer(self.schema, numeric, naive, self.rows, class_rows, median=median, frequencies=frequencies)

    def _numeric(self, name: str, sample: np.ndarray) -> Numeric:
        moments = self._moments.get(name, Moments())
        if not moments.count:
            raise InputError(f"column {name!r} has no value in any of the {self.rows} training rows")
        median = float(np.nanmedian(sample))
        imputed = moments.merge(Moments(self.rows - moments.count, median, 0.0))
        return Numeric(median, imputed.mean, imputed.scale)

    def _frequencies(self, kinds: Counter[str]) -> Frequencies:
        shares = {kind: count / self.rows for kind, count in sorted(kinds.most_common(MAX_KINDS))}
        mean = sum(share * kinds[kind] for kind, share in shares.items()) / self.rows
        squares = sum(share**2 * kinds[kind] for kind, share in shares.items()) - self.rows * mean**2
        return Frequencies(shares, mean, Moments(self.rows, mean, max(0.0, squares)).scale)


def _smallest(table: np.ndarray, count: int) -> np.ndarray:
    """The rows with the smallest first columns: a uniform sample, whatever the order of the rows."""
    if len(table) <= count:
        return table
    return table[np.argpartition(table[:, 0], count)[:count]]
