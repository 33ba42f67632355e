"""All that is kept of one column while its rows go by."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from model_monitor.accumulators.arrays import booleans, plain
from model_monitor.accumulators.hyperloglog import HyperLogLog
from model_monitor.accumulators.kll import Kll
from model_monitor.accumulators.moments import Moments
from model_monitor.accumulators.value_types import (
    BOOLEAN,
    FRACTIONAL,
    STRING,
    TYPE_NAMES,
    Texts,
    integers,
    is_number,
    numbers,
    value_types,
)
from model_monitor.accumulators.xxh64 import hashes

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Beyond so many distinct values a column's counts are dropped: AWS lists categories only of columns that its estimate
#: (within 5 %) gives at most 120.
MAX_CATEGORIES = 1000
_SAMPLE = 1024


class MixedValue(NamedTuple):
    """A value that is not as the column's others, and the row that it stands in."""

    place: Any
    value: str


class Column:
    """The state of one column.

    ``domain`` are the values that a baseline allows; how many values are among them is counted. ``odd`` is the first
    text, ``infinite`` the first number that is too large; whether that matters is known once the column's type is.
    """

    def __init__(self, name: str, domain: Collection[str] | None = None):
        self.name = name
        self.rows = self.missing = self.in_domain = 0
        self.kinds = np.zeros(len(TYPE_NAMES), np.int64)
        self.distinct = HyperLogLog()
        self.categories: dict[str, int] | None = {}
        self.moments, self.kll = Moments(), Kll()
        self.has_long = False
        self.odd: MixedValue | None = None
        self.infinite: MixedValue | None = None
        self._domain = None if domain is None else pa.array(sorted(domain), pa.string())

    @property
    def present(self) -> int:
        """How many values are not missing."""
        return self.rows - self.missing

    @property
    def total(self) -> float:
        """The sum; that of integers is exact, as Spark's is."""
        is_exact = self.inferred_type == "Integral" and not self.has_long
        return float(self.moments.whole) if is_exact else self.moments.sum

    @property
    def inferred_type(self) -> str:
        """Integral, Fractional, String or Unknown (no value at all).

        deequ also knows Boolean; the documents of Model Monitor do not name it, and nobody outside AWS has seen what
        becomes of it. Here such a column is a String.
        """
        if not self.present:
            return "Unknown"
        if self.kinds[STRING] or self.kinds[BOOLEAN]:
            return "String"
        return "Fractional" if self.kinds[FRACTIONAL] else "Integral"

    def share_of_type(self, inferred_type: str) -> float:
        """Which share of the values is of a type by itself; in [0, 1]."""
        wanted = (STRING, BOOLEAN) if inferred_type == "String" else (TYPE_NAMES.index(inferred_type),)
        return float(sum(self.kinds[k] for k in wanted)) / self.present

    def update(self, values: pa.Array, place: Any, one_by_one: bool) -> None:
        """Take a chunk's values in, strings or floating-point numbers.

        Args:
            values: of shape (rows,); null is missing, and so is NaN among numbers.
            place: row within the chunk -> words that say which row of which file that is.
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

        def where(index: int) -> Any:
            return place(index if rows is None else int(rows[index]))

        if pa.types.is_floating(values.type):
            self._update_floats(plain(present, np.float64), where, one_by_one)
        else:
            self._update_texts(present, where, one_by_one)

    def skip(self, rows: int) -> None:
        """Take in rows in which the column does not occur."""
        self.rows += rows
        self.missing += rows

    def merge(self, other: Column) -> None:
        """Take in what another has seen of the same column, in rows that come after."""
        self.rows += other.rows
        self.missing += other.missing
        self.in_domain += other.in_domain
        self.kinds += other.kinds
        self.distinct.merge(other.distinct)
        self.moments.merge(other.moments)
        self.kll.merge(other.kll)
        self.has_long |= other.has_long
        self.odd, self.infinite = self.odd or other.odd, self.infinite or other.infinite
        self._add(other.categories)

    def _update_floats(self, values: np.ndarray, where: Any, one_by_one: bool) -> None:
        """Numbers that are floating-point where they are stored; Spark hashes their eight bytes."""
        self.kinds[FRACTIONAL] += len(values)
        data = np.ascontiguousarray(values).view(np.uint8)
        starts = np.arange(0, len(data), 8)
        self.distinct.update(hashes(data, starts, np.full(len(values), 8)))
        self.categories = None
        if self._domain is not None:
            self.in_domain += int(np.isin(values, numbers(self._domain.filter(is_number(self._domain)))).sum())
        self._update_numbers(values, where, one_by_one)

    def _update_texts(self, array: pa.Array, where: Any, one_by_one: bool) -> None:
        """Work is done once for each distinct text where there are few of them."""
        if self.categories is None and not _has_few(array):
            distinct, codes, counts = array, None, None
        else:
            encoded = array.dictionary_encode()
            distinct, codes = encoded.dictionary, plain(encoded.indices, np.int32)
            counts = np.bincount(codes, minlength=len(distinct))
        texts = Texts.of(distinct)
        found = value_types(texts)
        self.kinds += np.bincount(found, counts, minlength=len(TYPE_NAMES)).astype(np.int64)
        self.distinct.update(hashes(texts.data, texts.starts, texts.lengths))
        if self._domain is not None:
            is_in = booleans(pc.is_in(distinct, self._domain))
            self.in_domain += int(is_in.sum() if counts is None else counts[is_in].sum())
        self._count(distinct, counts)
        if self.kinds[STRING] or self.kinds[BOOLEAN]:
            self._note_first_text(distinct, found, codes, where)
            return
        self._update_parsed(distinct, codes, where, one_by_one)

    def _update_parsed(self, distinct: pa.Array, codes: np.ndarray | None, where: Any, one_by_one: bool) -> None:
        values = numbers(distinct) if self.kinds[FRACTIONAL] else self._whole(distinct, codes)
        self._update_numbers(values if codes is None else values[codes], where, one_by_one)

    def _whole(self, distinct: pa.Array, codes: np.ndarray | None) -> np.ndarray:
        """Integers as numbers, and added up as what they are; Spark's own have 64 bits."""
        whole = integers(distinct)
        if whole is None:
            self.has_long = True
            return numbers(distinct)
        self.moments.update_whole(whole if codes is None else whole[codes])
        return whole.astype(np.float64)

    def _update_numbers(self, values: np.ndarray, where: Any, one_by_one: bool) -> None:
        finite = np.isfinite(values)
        if not finite.all():
            index = int(np.argmin(finite))
            self.infinite = self.infinite or MixedValue(where(index), str(values[index]))
            values = values[finite]
        self.moments.update(values, one_by_one)
        self.kll.update(values)

    def _note_first_text(self, array: pa.Array, found: np.ndarray, codes: np.ndarray | None, where: Any) -> None:
        if self.odd is None:
            index = int(np.argmax(found >= BOOLEAN))
            row = index if codes is None else int(np.argmax(codes == index))
            self.odd = MixedValue(where(row), array[index].as_py())

    def _count(self, distinct: pa.Array, counts: np.ndarray | None) -> None:
        """Count the values; once there are too many different ones, none are kept."""
        if self.categories is None or counts is None or len(distinct) > MAX_CATEGORIES:
            self.categories = None
            return
        self._add(dict(zip(distinct.to_pylist(), counts.tolist(), strict=True)))

    def _add(self, more: dict[str, int] | None) -> None:
        if self.categories is None or more is None:
            self.categories = None
            return
        for value, count in more.items():
            self.categories[value] = self.categories.get(value, 0) + count
        if len(self.categories) > MAX_CATEGORIES:
            self.categories = None


def _has_few(array: pa.Array) -> bool:
    sample = array.slice(0, _SAMPLE)
    return len(sample.unique()) <= len(sample) // 4
