"""How often each combination of facet, label, prediction and group occurs: all that most metrics need of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.accumulators.arrays import plain
from model_monitor.accumulators.values import numbers
from model_monitor.bias.metrics import Counts
from model_monitor.bias.values import ABOVE, LISTED, ObservedValues, Scores, marks
from model_monitor.monitor_error import MonitorError

import numpy as np
import pyarrow as pa

MAX_CATEGORIES, MAX_GROUPS = 1000, 100_000
LABEL, PREDICTED, GROUP = "label", "predicted", "group"
#: Facet, label's marks, prediction's marks, group; the facet's marks where values were given, else its own value.
Cell = tuple[Any, int, int, str | None]


@dataclass(frozen=True)
class Facet:
    """A column, and which of its values make the part of the rows that is looked at; where none is given, each does."""

    column: str
    values: tuple[Any, ...] = ()
    number: int = 0  # in Python 1, 1.0 and True are the same, as values are not


#: What a column is for: LABEL, PREDICTED, GROUP, or one of the facets.
Role = str | Facet


@dataclass
class Cells:
    """The state of one pass over the rows; two can be merged. Its size does not grow with the rows.

    ``values`` are the label's, of the positive outcome; ``scores`` say how predictions become labels, where they are
    scores.
    """

    facets: Sequence[Facet]
    values: Sequence[Any]
    scores: Scores | None = None
    seen: dict[Role, ObservedValues] = field(default_factory=dict)
    counted: dict[Facet, Counter[Cell]] = field(default_factory=dict)

    def update(self, columns: Mapping[Role, pa.DictionaryArray]) -> None:
        """Take rows in: each facet's column, and those of LABEL, PREDICTED and GROUP as far as there are such."""
        label, predicted = (self._marked(columns[role], role) if role in columns else 0 for role in (LABEL, PREDICTED))
        groups = columns.get(GROUP)
        no_groups: tuple[np.ndarray, list[str | None]] = (np.zeros(1, np.int64), [None])
        group, names = no_groups if groups is None else _codes(groups)
        outcome = (label * 4 + predicted) * len(names) + group
        for facet in self.facets:
            codes, keys = self._facet(facet, columns[facet])
            found = codes.astype(np.int64) * (16 * len(names)) + outcome
            self.counted.setdefault(facet, Counter()).update(_counts(found, keys, names))
        self._check_groups()

    def merge(self, other: Cells) -> None:
        """Take in what the rows after these came to."""
        for role, seen in other.seen.items():
            self.seen.setdefault(role, ObservedValues()).merge(seen)
        for facet, cells in other.counted.items():
            self.counted.setdefault(facet, Counter()).update(cells)
        self._check_groups()

    def marks(self, role: Role, vocabulary: pa.Array) -> np.ndarray:
        """What holds of distinct cells: LISTED and ABOVE, see ``values.marks``."""
        if role == PREDICTED and self.scores:
            return self.scores.marks(vocabulary, self.values)
        return marks(vocabulary, role.values if isinstance(role, Facet) else self.values)

    def _marked(self, column: pa.DictionaryArray, role: Role) -> np.ndarray:
        self._see(role, column)
        return by_row(column, self.marks(role, column.dictionary)).astype(np.int64)

    def _see(self, role: Role, column: pa.DictionaryArray) -> None:
        self.seen.setdefault(role, ObservedValues()).update(column.dictionary, len(column), column.null_count)

    def _facet(self, facet: Facet, column: pa.DictionaryArray) -> tuple[np.ndarray, list[Any]]:
        """A code for each row, and what the codes stand for."""
        if facet.values:
            return self._marked(column, facet), [0, 1, 2, 3]
        self._see(facet, column)
        codes, names = _codes(column)
        known = {cell[0] for cell in self.counted.get(facet, ())} | set(names)
        if len(known) > MAX_CATEGORIES:
            raise MonitorError(
                f"facet {facet.column!r} has more than {MAX_CATEGORIES:,} values; say with value_or_threshold which of "
                "them, or which threshold, makes the group"
            )
        return codes, names

    def _check_groups(self) -> None:
        """Raise MonitorError where there are so many groups that memory would grow with the rows."""
        if any(len(cells) > 16 * MAX_GROUPS for cells in self.counted.values()):
            raise MonitorError(f"the group variable has more than {MAX_GROUPS:,} values; it must name a few groups")

    def bit(self, role: Role) -> int:
        """Which mark counts: ABOVE for booleans and where a threshold was given, else LISTED.

        A prediction that is no boolean is as the label is.
        """
        if self.seen[role].is_boolean:
            return ABOVE
        seen = self.seen[LABEL if role == PREDICTED else role]
        return ABOVE if seen.is_continuous(role.values if isinstance(role, Facet) else self.values) else LISTED

    def counts(self, facet: Facet, category: str | None = None) -> Counts:
        """The rows of a facet, by the values that were given, or by one of its own."""
        bit, chosen = self.bit(LABEL), self.bit(facet)
        of_prediction = self.bit(PREDICTED) if PREDICTED in self.seen else bit
        rows = np.zeros((2, 2, 2), np.int64)
        groups: dict[str, np.ndarray] = {}
        for (value, label, predicted, group), count in self.counted[facet].items():
            is_in = bool(value & chosen) if facet.values else value == category
            place = (int(is_in), int(bool(label & bit)), int(bool(predicted & of_prediction)))
            rows[place] += count
            if group is not None:
                groups.setdefault(group, np.zeros((2, 2, 2), np.int64))[place] += count
        return Counts(rows, [groups[name] for name in _sorted(groups)] if groups else None)

    def categories(self, facet: Facet) -> list[str]:
        """A facet's own values, in the order in which they occur."""
        return [name for name in dict.fromkeys(cell[0] for cell in self.counted[facet]) if name is not None]


def encode(column: pa.Array) -> pa.DictionaryArray:
    """Texts as codes into the distinct ones."""
    return column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()


def _codes(column: pa.DictionaryArray) -> tuple[np.ndarray, list[str | None]]:
    """A code for each row, and the texts that they stand for; None stands for a missing cell."""
    names: list[str | None] = [*column.dictionary.to_pylist(), None]
    indices = column.indices.fill_null(len(names) - 1) if column.null_count else column.indices
    return plain(indices.cast(pa.int64()), "i8"), names


def by_row(column: pa.DictionaryArray, of_cells: np.ndarray) -> np.ndarray:
    """What holds of each distinct cell, for each row; 0 where the cell is missing."""
    codes, _ = _codes(column)
    return np.append(of_cells, 0)[codes]


def _counts(found: np.ndarray, keys: list[Any], names: list[str | None]) -> dict[Cell, int]:
    """The combinations that occur, in the order of the facet's codes."""
    codes, often = _distinct(found, len(keys) * 16 * len(names))
    facet, rest = np.divmod(codes, 16 * len(names))
    outcome, group = np.divmod(rest, len(names))
    every = zip(facet.tolist(), outcome.tolist(), group.tolist(), often.tolist(), strict=True)
    return {(keys[f], o // 4, o % 4, names[g]): count for f, o, g, count in every}


def _distinct(found: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    if size > max(1 << 16, 4 * len(found)):  # more combinations than rows: sort rather than count
        return np.unique(found, return_counts=True)
    often = np.bincount(found, minlength=size)
    return np.flatnonzero(often), often[often > 0]


def _sorted(names: Mapping[str, Any]) -> list[str]:
    """As NumPy sorts the column: numbers by their size."""
    given = list(names)
    values = numbers(pa.array(given, pa.string()))
    if np.isnan(values).any():
        return sorted(given)
    return [given[i] for i in np.argsort(values, kind="stable")]
