"""What a label's or a facet's values are like, and which of them are asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.accumulators.arrays import booleans
from model_monitor.accumulators.values import numbers, to_number
from model_monitor.monitor_error import MonitorError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: An integer column of at least this share of distinct values is continuous, as Clarify has it.
CONTINUOUS_SHARE = 0.05
#: Where more distinct integers were seen, a column is continuous without further counting: memory stays bounded.
MAX_DISTINCT = 1_000_000
INTEGER = r"^\s*[+-]?[0-9]+\s*$"
#: What pandas, by which Clarify reads, takes for booleans: pandas.read_csv, true_values and false_values.
TRUE, FALSE = (pa.array([word, word.lower(), word.upper()]) for word in ("True", "False"))
#: The marks of a value: one of those that were given; above the threshold that was given, or, of a boolean, as a number
#: one of those that were given.
LISTED, ABOVE = 1, 2


@dataclass
class ObservedValues:
    """What is kept of a column's values while they go by; two of the same column can be merged.

    ``has_fractions`` says whether a number is written with a point, as 15.0 is, ``has_parts`` whether one is no whole
    number. ``largest`` is the largest one; ``distinct`` are the integers, as long as there are no fractions.
    ``has_booleans`` says whether there is True or False, ``has_others`` whether there is anything else.
    """

    rows: int = 0
    missing: int = 0
    has_text: bool = False
    has_booleans: bool = False
    has_others: bool = False
    has_fractions: bool = False
    has_parts: bool = False
    largest: float = -math.inf
    distinct: set[float] = field(default_factory=set)

    def update(self, vocabulary: pa.Array, rows: int, missing: int) -> None:
        """Take in the distinct cells of so many rows, of which some have none."""
        self.rows += rows
        self.missing += missing
        is_boolean = pc.is_in(vocabulary, pa.concat_arrays([TRUE, FALSE]))
        self.has_booleans |= bool(pc.any(is_boolean, min_count=0).as_py())
        vocabulary = vocabulary.filter(pc.invert(is_boolean))
        self.has_others |= bool(len(vocabulary))
        found = numbers(vocabulary)
        self.has_text |= bool(np.isnan(found).any())
        self.has_fractions |= not pc.all(pc.match_substring_regex(vocabulary, INTEGER), min_count=0).as_py()
        self.has_parts |= bool((found[np.isfinite(found)] % 1 > 0).any())
        self.largest = max(self.largest, float(np.nanmax(found, initial=-np.inf)))
        if not (self.has_text or self.has_fractions):
            self._keep(set(found.tolist()))

    def merge(self, other: ObservedValues) -> None:
        """Take in what another part of the rows came to."""
        self.rows += other.rows
        self.missing += other.missing
        self.has_text |= other.has_text
        self.has_booleans |= other.has_booleans
        self.has_others |= other.has_others
        self.has_fractions |= other.has_fractions
        self.has_parts |= other.has_parts
        self.largest = max(self.largest, other.largest)
        self._keep(other.distinct)

    def _keep(self, found: set[float]) -> None:
        if len(self.distinct) <= MAX_DISTINCT:
            self.distinct |= found

    @property
    def is_boolean(self) -> bool:
        """Whether True and False are all that there is: to pandas they are 1 and 0 then, else texts."""
        return self.has_booleans and not self.has_others

    def is_continuous(self, values: Sequence[Any]) -> bool:
        """Whether ``values`` are a threshold of this column rather than some of its values.

        Clarify decides by the type that pandas gives the column: floating-point numbers are continuous, and integers
        are floating-point numbers where one is missing.
        """
        if len(values) > 1 or self.has_text or self.has_booleans:
            return False
        if self.has_fractions or self.missing:
            return True
        return len(self.distinct) >= CONTINUOUS_SHARE * self.rows

    def interval(self, threshold: float) -> str:
        """The values above a threshold, as Clarify writes them: ``(0.5, 0.99]``."""
        ends: list[float] = sorted([threshold, self.largest])
        if not self.has_fractions and not self.missing and isinstance(threshold, int):
            return f"({int(ends[0])}, {int(ends[1])}]"
        return f"({float(ends[0])!r}, {float(ends[1])!r}]"


def marks(vocabulary: pa.Array, values: Sequence[Any]) -> np.ndarray:
    """LISTED and ABOVE of each distinct cell, shape (cells,): which one counts is known once all rows are."""
    found = numbers(vocabulary)
    texts = [str(v) for v in values] + [str(v).lower() for v in values if isinstance(v, bool)]
    given = numbers(pa.array([str(v) for v in values if not isinstance(v, bool)], pa.string()))
    listed = booleans(pc.is_in(vocabulary, pa.array(texts, pa.string()))) | np.isin(found, given[~np.isnan(given)])
    above = found > given[0] if len(given) == 1 else np.zeros(len(found), bool)
    return (LISTED * listed + ABOVE * (above | _listed_booleans(vocabulary, values))).astype(np.uint8)


def _listed_booleans(vocabulary: pa.Array, values: Sequence[Any]) -> np.ndarray:
    """Which of the cells are True or False, and one of the values as a number: 1 is True to pandas."""
    given = [to_number(str(int(value)) if isinstance(value, bool) else str(value)) for value in values]
    words = [word for number, word in ((1, TRUE), (0, FALSE)) if number in given]
    return booleans(pc.is_in(vocabulary, pa.concat_arrays([pa.array([], pa.string()), *words])))


@dataclass(frozen=True)
class Scores:
    """How a model's scores become labels: above the threshold ``positive``, else 0.

    A whole number is a label already, unless ``always`` says that all are scores.
    """

    threshold: float
    positive: str = "1"
    always: bool = False

    def marks(self, vocabulary: pa.Array, values: Sequence[Any]) -> np.ndarray:
        """LISTED of the label that a score becomes, ABOVE of the score itself; see ``marks``."""
        own, found = marks(vocabulary, values), numbers(vocabulary)
        is_score = np.isfinite(found) & (self.always | (np.where(np.isfinite(found), found, 0) % 1 > 0))
        listed = marks(pa.array(["0", self.positive]), values) & LISTED
        converted = (own & ABOVE) | listed[(found > self.threshold).astype(int)]
        return np.where(is_score, converted, own).astype(np.uint8)


def threshold_of(values: Sequence[Any], column: str) -> float:
    """The one number that a continuous column is compared with.

    Raises:
        MonitorError: there is none.
    """
    if not values:
        raise MonitorError(f"column {column!r} is continuous; Clarify needs one threshold for it, and none is given")
    given = to_number(values[0]) if isinstance(values[0], str) else values[0]
    if isinstance(given, bool) or math.isnan(given):
        raise MonitorError(f"column {column!r} is continuous; {values[0]!r} is no threshold: it must be a number")
    return given
