"""Counts each combination of facet, label, prediction and group: most metrics need nothing more of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.accumulators.arrays import to_numpy
from model_monitor.accumulators.values import numbers
from model_monitor.bias_metrics.metrics import Counts
from model_monitor.bias_metrics.values import ABOVE, LISTED, ObservedValues, Scores, marks
from model_monitor.monitor_error import MonitorError

import numpy as np
import pyarrow as pa

MAX_CATEGORIES, MAX_GROUPS = 1000, 100_000
LABEL, PREDICTED, GROUP = "label", "predicted", "group"
#: Facet, label's marks, prediction's marks, group. The facet is its marks if the facet has values, else a cell's value.
Cell = tuple[Any, int, int, str | None]


@dataclass(frozen=True)
class Facet:
    """Defines a part of the rows by a column and some of its values; without values, each value defines a part."""

    column: str
    values: tuple[Any, ...] = ()
    number: int = 0  # keeps facets apart: in Python 1, 1.0 and True are equal, but as values they are not


#: The role of a column: LABEL, PREDICTED, GROUP, or one of the facets.
Role = str | Facet


@dataclass
class Cells:
    """Accumulates the counts of one pass through the rows; two can be merged. Its size does not grow with the rows.

    ``values`` are the label's values of the positive outcome; ``scores`` say how predictions become labels, if they are
    scores.
    """

    facets: Sequence[Facet]
    values: Sequence[Any]
    scores: Scores | None = None
    observed: dict[Role, ObservedValues] = field(default_factory=dict)
    cell_counts: dict[Facet, Counter[Cell]] = field(default_factory=dict)

    def update(self, columns: Mapping[Role, pa.DictionaryArray]) -> None:
        """Add rows: each facet's column, and the columns of LABEL, PREDICTED and GROUP, if there are such."""
        label, predicted = (
            self._mark_rows(columns[role], role) if role in columns else 0 for role in (LABEL, PREDICTED)
        )
        groups = columns.get(GROUP)
        no_groups: tuple[np.ndarray, list[str | None]] = (np.zeros(1, np.int64), [None])
        group, names = no_groups if groups is None else _codes(groups)
        outcome = (label * 4 + predicted) * len(names) + group
        for facet in self.facets:
            codes, keys = self._facet_codes(facet, columns[facet])
            combined = codes.astype(np.int64) * (16 * len(names)) + outcome
            self.cell_counts.setdefault(facet, Counter()).update(_count_cells(combined, keys, names))
        self._check_groups()

    def merge(self, later: Cells) -> None:
        """Add the accumulator of the rows after these."""
        for role, observed in later.observed.items():
            self.observed.setdefault(role, ObservedValues()).merge(observed)
        for facet, cells in later.cell_counts.items():
            self.cell_counts.setdefault(facet, Counter()).update(cells)
        self._check_groups()

    def marks(self, role: Role, vocabulary: pa.Array) -> np.ndarray:
        """Return the marks of distinct cells, LISTED and ABOVE, see ``values.marks``."""
        if role == PREDICTED and self.scores:
            return self.scores.marks(vocabulary, self.values)
        return marks(vocabulary, role.values if isinstance(role, Facet) else self.values)

    def _mark_rows(self, column: pa.DictionaryArray, role: Role) -> np.ndarray:
        self._observe(role, column)
        return values_by_row(column, self.marks(role, column.dictionary)).astype(np.int64)

    def _observe(self, role: Role, column: pa.DictionaryArray) -> None:
        self.observed.setdefault(role, ObservedValues()).update(column.dictionary, len(column), column.null_count)

    def _facet_codes(self, facet: Facet, column: pa.DictionaryArray) -> tuple[np.ndarray, list[Any]]:
        """Return a code for each row, and the values that the codes stand for."""
        if facet.values:
            return self._mark_rows(column, facet), [0, 1, 2, 3]
        self._observe(facet, column)
        codes, names = _codes(column)
        categories = {cell[0] for cell in self.cell_counts.get(facet, ())} | set(names)
        if len(categories) > MAX_CATEGORIES:
            raise MonitorError(
                f"facet {facet.column!r} has more than {MAX_CATEGORIES:,} values; set value_or_threshold to the "
                "values, or the threshold, that define the group"
            )
        return codes, names

    def _check_groups(self) -> None:
        """Raise MonitorError if there are so many groups that memory would grow with the rows."""
        if any(len(cells) > 16 * MAX_GROUPS for cells in self.cell_counts.values()):
            raise MonitorError(f"the group variable has more than {MAX_GROUPS:,} values; it must name a few groups")

    def bit(self, role: Role) -> int:
        """Return which mark counts: ABOVE for booleans and for a column with a threshold, else LISTED.

        Predictions that are not booleans follow the label.
        """
        if self.observed[role].is_boolean:
            return ABOVE
        observed = self.observed[LABEL if role == PREDICTED else role]
        return ABOVE if observed.is_continuous(role.values if isinstance(role, Facet) else self.values) else LISTED

    def counts(self, facet: Facet, category: str | None = None) -> Counts:
        """Count the rows inside and outside a facet, which its values or one of its categories define."""
        bit, chosen = self.bit(LABEL), self.bit(facet)
        predicted_bit = self.bit(PREDICTED) if PREDICTED in self.observed else bit
        rows = np.zeros((2, 2, 2), np.int64)
        groups: dict[str, np.ndarray] = {}
        for (value, label, predicted, group), count in self.cell_counts[facet].items():
            is_in = bool(value & chosen) if facet.values else value == category
            index = (int(is_in), int(bool(label & bit)), int(bool(predicted & predicted_bit)))
            rows[index] += count
            if group is not None:
                groups.setdefault(group, np.zeros((2, 2, 2), np.int64))[index] += count
        return Counts(rows, [groups[name] for name in _sort_groups(groups)] if groups else None)

    def categories(self, facet: Facet) -> list[str]:
        """Return a facet's own values, in the order in which they occur."""
        return [name for name in dict.fromkeys(cell[0] for cell in self.cell_counts[facet]) if name is not None]


def encode(column: pa.Array) -> pa.DictionaryArray:
    """Encode strings as codes into the distinct strings."""
    return column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()


def _codes(column: pa.DictionaryArray) -> tuple[np.ndarray, list[str | None]]:
    """Return a code for each row, and the strings that the codes stand for; None stands for a missing cell."""
    names: list[str | None] = [*column.dictionary.to_pylist(), None]
    indices = column.indices.fill_null(len(names) - 1) if column.null_count else column.indices
    return to_numpy(indices.cast(pa.int64()), "i8"), names


def values_by_row(column: pa.DictionaryArray, cell_values: np.ndarray) -> np.ndarray:
    """Expand a value for each distinct cell to one for each row; 0 for a missing cell."""
    codes, _ = _codes(column)
    return np.append(cell_values, 0)[codes]


def _count_cells(codes: np.ndarray, keys: list[Any], names: list[str | None]) -> dict[Cell, int]:
    """Count the combinations that occur, in the order of the facet's codes."""
    distinct, counts = _count_distinct(codes, len(keys) * 16 * len(names))
    facet, remainder = np.divmod(distinct, 16 * len(names))
    outcome, group = np.divmod(remainder, len(names))
    rows = zip(facet.tolist(), outcome.tolist(), group.tolist(), counts.tolist(), strict=True)
    return {(keys[f], o // 4, o % 4, names[g]): count for f, o, g, count in rows}


def _count_distinct(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    if size > max(1 << 16, 4 * len(codes)):  # more combinations than rows: sort rather than count
        return np.unique(codes, return_counts=True)
    counts = np.bincount(codes, minlength=size)
    return np.flatnonzero(counts), counts[counts > 0]


def _sort_groups(names: Mapping[str, Any]) -> list[str]:
    """Sort groups as NumPy sorts the column: numbers by their size."""
    groups = list(names)
    values = numbers(pa.array(groups, pa.string()))
    if np.isnan(values).any():
        return sorted(groups)
    return [groups[i] for i in np.argsort(values, kind="stable")]
