"""Accumulate the statistics of one column while its rows are read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from model_monitor.accumulators.arrays import booleans, to_numpy
from model_monitor.accumulators.hyperloglog import HyperLogLog
from model_monitor.accumulators.kll import Kll
from model_monitor.accumulators.moments import Moments
from model_monitor.accumulators.value_types import (
    BOOLEAN,
    FRACTIONAL,
    STRING,
    TYPE_NAMES,
    StringBytes,
    integers,
    is_number,
    numbers,
    value_types,
)
from model_monitor.accumulators.xxh64 import hashes

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: A column with more distinct values than this has its counts dropped: AWS lists the categories only of columns for
#: which its estimate (within 5 %) is at most 120.
MAX_CATEGORIES = 1000
_SAMPLE = 1024


class LocatedValue(NamedTuple):
    """A value that decides about its column, and the row that holds it."""

    place: Any
    value: str


class Column:
    """An accumulator that collects the statistics of one column.

    ``domain`` holds the values that a baseline allows; ``in_domain`` counts the values among them. ``first_string`` is
    the first value that is neither a number nor missing, ``first_infinite`` the first number that is too large. Whether
    these matter depends on the column's type, which is only known at the end.
    """

    def __init__(self, name: str, domain: Collection[str] | None = None):
        self.name = name
        self.rows = self.missing = self.in_domain = 0
        self.type_counts = np.zeros(len(TYPE_NAMES), np.int64)
        self.distinct = HyperLogLog()
        self.categories: dict[str, int] | None = {}
        self.moments, self.kll = Moments(), Kll()
        self.has_long_integers = False
        self.first_string: LocatedValue | None = None
        self.first_infinite: LocatedValue | None = None
        self._domain = None if domain is None else pa.array(sorted(domain), pa.string())

    @property
    def present(self) -> int:
        """The number of values that are not missing."""
        return self.rows - self.missing

    @property
    def total(self) -> float:
        """The sum of the values, which is exact for integers, as in Spark."""
        is_exact = self.inferred_type == "Integral" and not self.has_long_integers
        return float(self.moments.integer_sum) if is_exact else self.moments.sum

    @property
    def inferred_type(self) -> str:
        """The type of the column, which is Integral, Fractional, String or Unknown (no value at all).

        deequ also has Boolean. The documents of Model Monitor do not name it, and how AWS handles such a column is
        undocumented. Here it is a String.
        """
        if not self.present:
            return "Unknown"
        if self.type_counts[STRING] or self.type_counts[BOOLEAN]:
            return "String"
        return "Fractional" if self.type_counts[FRACTIONAL] else "Integral"

    def share_of_type(self, inferred_type: str) -> float:
        """Return the share of the values that are of a type by themselves; in [0, 1]."""
        codes = (STRING, BOOLEAN) if inferred_type == "String" else (TYPE_NAMES.index(inferred_type),)
        return float(sum(self.type_counts[code] for code in codes)) / self.present

    def update(self, values: pa.Array, place: Any, one_by_one: bool) -> None:
        """Add the values of a chunk: strings or floating-point numbers.

        Args:
            values: of shape (rows,); null is missing, and so is NaN among numbers.
            place: maps a row within the chunk to a text that names its file and row.
            one_by_one: see ``Moments.update``.
        """
        if pa.types.is_floating(values.type):
            values = values.cast(pa.float64())
            values = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
        self.rows += len(values)
        self.missing += values.null_count
        rows = np.flatnonzero(booleans(values.is_valid())) if values.null_count else None
        present = values.drop_null() if values.null_count else values
        if not len(present):
            return

        def place_of(index: int) -> Any:
            return place(index if rows is None else int(rows[index]))

        if pa.types.is_floating(values.type):
            self._update_floats(to_numpy(present, np.float64), place_of, one_by_one)
        else:
            self._update_strings(present, place_of, one_by_one)

    def skip(self, rows: int) -> None:
        """Add rows in which the column does not occur."""
        self.rows += rows
        self.missing += rows

    def merge(self, later: Column) -> None:
        """Add the statistics of later rows of the same column."""
        self.rows += later.rows
        self.missing += later.missing
        self.in_domain += later.in_domain
        self.type_counts += later.type_counts
        self.distinct.merge(later.distinct)
        self.moments.merge(later.moments)
        self.kll.merge(later.kll)
        self.has_long_integers |= later.has_long_integers
        self.first_string, self.first_infinite = (
            self.first_string or later.first_string,
            self.first_infinite or later.first_infinite,
        )
        self._add_categories(later.categories)

    def _update_floats(self, values: np.ndarray, place_of: Any, one_by_one: bool) -> None:
        """Add numbers that are stored as floating-point numbers; Spark hashes their eight bytes."""
        self.type_counts[FRACTIONAL] += len(values)
        data = np.ascontiguousarray(values).view(np.uint8)
        starts = np.arange(0, len(data), 8)
        self.distinct.update(hashes(data, starts, np.full(len(values), 8)))
        self.categories = None
        if self._domain is not None:
            self.in_domain += int(np.isin(values, numbers(self._domain.filter(is_number(self._domain)))).sum())
        self._update_numbers(values, place_of, one_by_one)

    def _update_strings(self, array: pa.Array, place_of: Any, one_by_one: bool) -> None:
        """Add strings; if few of them are distinct, each distinct string is handled only once."""
        if self.categories is None and not _has_few_distinct(array):
            distinct, codes, counts = array, None, None
        else:
            encoded = array.dictionary_encode()
            distinct, codes = encoded.dictionary, to_numpy(encoded.indices, np.int32)
            counts = np.bincount(codes, minlength=len(distinct))
        strings = StringBytes.from_array(distinct)
        types = value_types(strings)
        self.type_counts += np.bincount(types, counts, minlength=len(TYPE_NAMES)).astype(np.int64)
        self.distinct.update(hashes(strings.data, strings.starts, strings.lengths))
        if self._domain is not None:
            is_in = booleans(pc.is_in(distinct, self._domain))
            self.in_domain += int(is_in.sum() if counts is None else counts[is_in].sum())
        self._count_categories(distinct, counts)
        if self.type_counts[STRING] or self.type_counts[BOOLEAN]:
            self._note_first_string(distinct, types, codes, place_of)
            return
        self._update_parsed(distinct, codes, place_of, one_by_one)

    def _update_parsed(self, distinct: pa.Array, codes: np.ndarray | None, place_of: Any, one_by_one: bool) -> None:
        values = numbers(distinct) if self.type_counts[FRACTIONAL] else self._add_integers(distinct, codes)
        self._update_numbers(values if codes is None else values[codes], place_of, one_by_one)

    def _add_integers(self, distinct: pa.Array, codes: np.ndarray | None) -> np.ndarray:
        """Return integers as floats, and add them to the exact sum; Spark's integers have 64 bits."""
        parsed = integers(distinct)
        if parsed is None:
            self.has_long_integers = True
            return numbers(distinct)
        self.moments.update_integers(parsed if codes is None else parsed[codes])
        return parsed.astype(np.float64)

    def _update_numbers(self, values: np.ndarray, place_of: Any, one_by_one: bool) -> None:
        finite = np.isfinite(values)
        if not finite.all():
            index = int(np.argmin(finite))
            self.first_infinite = self.first_infinite or LocatedValue(place_of(index), str(values[index]))
            values = values[finite]
        self.moments.update(values, one_by_one)
        self.kll.update(values)

    def _note_first_string(self, array: pa.Array, types: np.ndarray, codes: np.ndarray | None, place_of: Any) -> None:
        if self.first_string is None:
            index = int(np.argmax(types >= BOOLEAN))
            row = index if codes is None else int(np.argmax(codes == index))
            self.first_string = LocatedValue(place_of(row), array[index].as_py())

    def _count_categories(self, distinct: pa.Array, counts: np.ndarray | None) -> None:
        """Count the values; once there are too many distinct ones, drop all counts."""
        if self.categories is None or counts is None or len(distinct) > MAX_CATEGORIES:
            self.categories = None
            return
        self._add_categories(dict(zip(distinct.to_pylist(), counts.tolist(), strict=True)))

    def _add_categories(self, categories: dict[str, int] | None) -> None:
        if self.categories is None or categories is None:
            self.categories = None
            return
        for value, count in categories.items():
            self.categories[value] = self.categories.get(value, 0) + count
        if len(self.categories) > MAX_CATEGORIES:
            self.categories = None


def _has_few_distinct(array: pa.Array) -> bool:
    sample = array.slice(0, _SAMPLE)
    return len(sample.unique()) <= len(sample) // 4
