"""What is kept of a column while its cells go by: counts, kinds, and what its numbers have to do with the target."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipelines.scaffold.cells import Cells
from pipelines.scaffold.date_forms import still_possible

import numpy as np
import pyarrow.compute as pc

#: So many kinds are counted at most, of a column of texts and of one of numbers.
MAX_KINDS, MAX_NUMBERS = 100_000, 1000
#: Beyond so many kinds a column is not held against the target kind by kind.
MAX_PAIRED = 100
#: Rows whose numbers are kept, for what adds up to the target.
SAMPLE_ROWS = 5000
#: Two columns of numbers that are correlated like this are one.
ONE = 1 - 1e-9
#: Numbers with a comma before the decimals, and with commas between thousands.
DECIMAL_COMMA = r"^[+-]?(?:[0-9]+,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?)$"
THOUSANDS = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?$"


@dataclass
class Column:
    """One column. ``rows`` are those that have a cell, ``numbers`` those whose cell is a plain number, ``whole`` those
    with neither a point nor a letter in it. ``texts`` are the kinds that are no plain number.
    """

    name: str
    all_rows: int = 0
    rows: int = 0
    numbers: int = 0
    whole: int = 0
    decimal_commas: int = 0
    thousands: int = 0
    stripped: int = 0
    counts_rows: bool = True
    kinds: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    has_many_kinds: bool = False
    date_forms: list[str] | None = None
    pairs: set[tuple[str, str]] = field(default_factory=set)
    sample: list[np.ndarray] = field(default_factory=list)
    _origin: tuple[float, float] | None = None
    _moments: np.ndarray = field(default_factory=lambda: np.zeros(6))

    def update(self, cells: Cells, target: Cells) -> None:
        """Take rows in, and the target's beside them."""
        present = cells.counts[cells.is_present]
        is_number = ~np.isnan(cells.numbers) & cells.is_present
        self.all_rows += len(cells.codes)
        self.rows += int(present.sum())
        self.numbers += int(cells.counts[is_number].sum())
        self.stripped += cells.stripped
        self._count_kinds(cells, is_number)
        self._pair(cells, target)
        if self.numbers:
            self._look_at_numbers(cells, target)

    def _count_kinds(self, cells: Cells, is_number: np.ndarray) -> None:
        texts = cells.is_present & ~is_number
        if texts.any():
            self._count_texts(cells, texts)
        elif self.rows:  # a date of digits alone is a number
            self.date_forms = [] if self.numbers else self.date_forms
        if not self.has_many_kinds:
            most = MAX_KINDS if self.texts else MAX_NUMBERS
            if len(cells.kinds) <= most:
                self.kinds.update(_counted(cells, cells.is_present))
            self.has_many_kinds = max(len(self.kinds), len(cells.kinds)) > most
            self.kinds = Counter() if self.has_many_kinds else self.kinds

    def _count_texts(self, cells: Cells, texts: np.ndarray) -> None:
        for member, pattern in (("decimal_commas", DECIMAL_COMMA), ("thousands", THOUSANDS)):
            found = pc.match_substring_regex(cells.kinds, pattern).to_numpy(zero_copy_only=False) & texts
            setattr(self, member, getattr(self, member) + int(cells.counts[found].sum()))
        has_point = pc.match_substring_regex(cells.kinds, r"[.eE]").to_numpy(zero_copy_only=False)
        self.whole += int(cells.counts[~has_point & ~texts & cells.is_present].sum())
        if len(self.texts) <= MAX_KINDS:
            self.texts.update(_counted(cells, texts))
        self.date_forms = still_possible(self.date_forms, cells.kinds.filter(cells.is_present))

    def _pair(self, cells: Cells, target: Cells) -> None:
        """Which kind stands beside which of the target's."""
        if len(self.kinds) > MAX_PAIRED or self.has_many_kinds or max(len(cells.kinds), len(target.kinds)) > 10_000:
            self.pairs = set()
            return
        codes = np.unique(cells.codes.astype(np.int64) * len(target.kinds) + target.codes)
        own, other = np.divmod(codes, max(1, len(target.kinds)))
        names = (cells.kinds.take(own).to_pylist(), target.kinds.take(other).to_pylist())
        self.pairs |= {
            pair for pair, is_there in zip(zip(*names, strict=True), cells.is_present[own], strict=True) if is_there
        }

    def _look_at_numbers(self, cells: Cells, target: Cells) -> None:
        values = cells.rows_of_numbers
        self.counts_rows &= not np.isnan(values).any() and bool((np.diff(values) == 1).all())
        self._measure(values, target.rows_of_numbers)
        if (kept := sum(map(len, self.sample))) < SAMPLE_ROWS:
            self.sample.append(values[: SAMPLE_ROWS - kept])

    def _measure(self, x: np.ndarray, y: np.ndarray) -> None:
        """Count, sums, sums of squares and of products, where cell and target are numbers; from the first such row on,
        so that large numbers of little variation keep their digits.
        """
        is_both = np.isfinite(x) & np.isfinite(y)
        x, y = x[is_both], y[is_both]
        if len(x):
            self._origin = (float(x[0]), float(y[0])) if self._origin is None else self._origin
            x, y = x - self._origin[0], y - self._origin[1]
            self._moments += [len(x), x.sum(), y.sum(), x @ x, y @ y, x @ y]

    def is_copy_of(self, target: Column) -> bool:
        """Whether it says in every row what the target says, in other words or in another unit."""
        is_seen_again = 2 * len(self.kinds) <= self.rows  # else every row has a kind of its own, which says nothing
        if self.pairs and 0 < len(target.kinds) <= MAX_PAIRED and is_seen_again:
            return len(self.pairs) == len(self.kinds) == len(target.kinds)
        n, x, y, xx, yy, xy = self._moments
        spread = (n * xx - x * x) * (n * yy - y * y)
        return bool(n > 2 and spread > 0 and abs(n * xy - x * y) / np.sqrt(spread) > ONE)


def _counted(cells: Cells, which: np.ndarray) -> Counter[str]:
    """How many rows have each of these kinds."""
    numbers = np.flatnonzero(which & (cells.counts > 0))
    found: Counter[str] = Counter()
    for kind, rows in zip(cells.kinds.take(numbers).to_pylist(), cells.counts[numbers].tolist(), strict=True):
        found[kind] += rows
    return found
