"""Accumulate what profiling needs of one column, block by block, in bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipelines.scaffold.cells import Cells
from pipelines.scaffold.date_formats import matching_formats

import numpy as np
import pyarrow.compute as pc

#: How many distinct values are counted at most, of a text column and of a numeric one.
MAX_VALUES, MAX_NUMBERS = 100_000, 1000
#: A column with more distinct values is not compared with the target value by value.
MAX_PAIRED = 100
#: Rows whose numbers are kept to look for sums.
SAMPLE_ROWS = 5000
#: From this correlation on, two numeric columns count as copies.
MIN_CORRELATION_OF_COPY = 1 - 1e-9
#: Numbers with a decimal comma; with points that can only be between thousands; with commas between thousands.
DECIMAL_COMMA = r"^[+-]?[0-9]+,[0-9]+$"
POINT_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3}(?:,[0-9]+|(?:\.[0-9]{3})+(?:,[0-9]+)?))$"
COMMA_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?$"
#: Common markers of a missing value. Such cells do not count against a column of numbers or dates.
MARKER = r"^([^\w]+|unknown|missing|none|not available|no data|n\.?a\.?|nil|null|\\n|#\w+[!?])$"


@dataclass
class Column:
    """Accumulates the counts of one column.

    Args:
        name: after ``headers.clean``.
        all_rows, rows: the rows of the file, and those that have a value in this column.
        numbers: rows whose value is a plain number.
        decimal_commas, points, thousands: rows whose value is a number in one of these spellings.
        padded, blank: rows whose value has spaces around it, and rows without a value but with spaces.
        counts_rows: whether each value is the one before plus one.
        values: distinct value -> rows; empty if there are too many, which sets ``has_many_values``.
        texts: the same for values that are not plain numbers.
        date_formats: those that fit all values so far; None before the first text.
        pairs: distinct pairs of this column's and the target's values.
        sample: the first rows' numbers.
        is_text: whether the user declared it to be text, so that all its values are counted.
    """

    name: str
    all_rows: int = 0
    rows: int = 0
    numbers: int = 0
    decimal_commas: int = 0
    points: int = 0
    thousands: int = 0
    padded: int = 0
    blank: int = 0
    counts_rows: bool = True
    values: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    has_many_values: bool = False
    date_formats: list[str] | None = None
    pairs: set[tuple[str, str]] = field(default_factory=set)
    sample: list[np.ndarray] = field(default_factory=list)
    is_text: bool = False
    _origin: tuple[float, float] | None = None
    _moments: np.ndarray = field(default_factory=lambda: np.zeros(6))

    def update(self, cells: Cells, target: Cells) -> None:
        """Add a block of rows, with the target's cells of the same rows."""
        is_number = ~np.isnan(cells.numbers) & cells.is_present
        self.all_rows += len(cells.indices)
        self.rows += int(cells.row_counts[cells.is_present].sum())
        self.numbers += int(cells.row_counts[is_number].sum())
        self.padded += int(cells.row_counts[cells.is_padded & cells.is_present].sum())
        self.blank += int(cells.row_counts[cells.is_padded & ~cells.is_present].sum())
        self._count_values(cells, is_number)
        self._pair(cells, target)
        if self.numbers:
            self._measure_numbers(cells.row_numbers, target.row_numbers)

    def _count_values(self, cells: Cells, is_number: np.ndarray) -> None:
        is_text = cells.is_present & ~is_number
        if is_text.any():
            self._count_texts(cells, is_text)
        elif self.numbers:  # a date that is a plain number stays a number
            self.date_formats = []
        if not self.has_many_values:
            limit = MAX_VALUES if self.texts or self.is_text else MAX_NUMBERS
            if len(cells.values) <= limit:
                self.values.update(_rows_by_value(cells, cells.is_present))
            self.has_many_values = max(len(self.values), len(cells.values)) > limit
            self.values = Counter() if self.has_many_values else self.values

    def _count_texts(self, cells: Cells, is_text: np.ndarray) -> None:
        self.decimal_commas += _matching_rows(cells, DECIMAL_COMMA, is_text)
        self.thousands += _matching_rows(cells, COMMA_THOUSANDS, is_text)
        self.points += _matching_rows(cells, POINT_THOUSANDS, is_text)
        if len(self.texts) <= MAX_VALUES:
            self.texts.update(_rows_by_value(cells, is_text))
        is_marker = pc.match_substring_regex(cells.values, MARKER, ignore_case=True).to_numpy(zero_copy_only=False)
        self.date_formats = matching_formats(self.date_formats, cells.values.filter(cells.is_present & ~is_marker))

    def _pair(self, cells: Cells, target: Cells) -> None:
        """Record which values occur together with which of the target's."""
        if len(self.values) > MAX_PAIRED or self.has_many_values or max(len(cells.raw), len(target.raw)) > 10_000:
            self.pairs = set()
            return
        codes = np.unique(cells.indices.astype(np.int64) * len(target.raw) + target.indices)
        own_codes, target_codes = np.divmod(codes, max(1, len(target.raw)))
        own_codes, target_codes = own_codes[cells.is_present[own_codes]], target_codes[cells.is_present[own_codes]]
        self.pairs |= set(
            zip(cells.values.take(own_codes).to_pylist(), target.values.take(target_codes).to_pylist(), strict=True)
        )

    def _measure_numbers(self, values: np.ndarray, target: np.ndarray) -> None:
        self.counts_rows &= not np.isnan(values).any() and bool((np.diff(values) == 1).all())
        self._add_moments(values, target)
        if (sample_size := sum(map(len, self.sample))) < SAMPLE_ROWS:
            self.sample.append(values[: SAMPLE_ROWS - sample_size])

    def _add_moments(self, x: np.ndarray, y: np.ndarray) -> None:
        """Add count, sums, sums of squares and of products of the rows where both are numbers.

        They are computed relative to the first such row, so that large numbers of little variation keep their digits.
        """
        is_both = np.isfinite(x) & np.isfinite(y)
        x, y = x[is_both], y[is_both]
        if len(x):
            self._origin = (float(x[0]), float(y[0])) if self._origin is None else self._origin
            x, y = x - self._origin[0], y - self._origin[1]
            self._moments += [len(x), x.sum(), y.sum(), x @ x, y @ y, x @ y]

    def is_copy_of(self, target: Column) -> bool:
        """Return whether this column determines the target.

        It has the same classes with other names, or the same numbers in another unit.
        """
        values_repeat = 2 * len(self.values) <= self.rows  # a different value in every row proves nothing
        if self.pairs and 0 < len(target.values) <= MAX_PAIRED and values_repeat:
            return len(self.pairs) == len(self.values) == len(target.values)
        n, x, y, xx, yy, xy = self._moments
        spread = (n * xx - x * x) * (n * yy - y * y)
        return bool(n > 2 and spread > 0 and abs(n * xy - x * y) / np.sqrt(spread) > MIN_CORRELATION_OF_COPY)


def _matching_rows(cells: Cells, pattern: str, among: np.ndarray) -> int:
    """Count the rows whose value matches, among these distinct values."""
    matches = pc.match_substring_regex(cells.values, pattern).to_numpy(zero_copy_only=False)
    return int(cells.row_counts[matches & among].sum())


def _rows_by_value(cells: Cells, among: np.ndarray) -> Counter[str]:
    """Count the rows of each of these distinct values."""
    positions = np.flatnonzero(among & (cells.row_counts > 0))
    counts: Counter[str] = Counter()
    for value, rows in zip(cells.values.take(positions).to_pylist(), cells.row_counts[positions].tolist(), strict=True):
        counts[value] += rows
    return counts
