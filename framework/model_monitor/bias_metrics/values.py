"""Observes the values of a label or facet, and marks those that the configuration selects."""

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

#: An integer column with at least this share of distinct values is continuous, as in Clarify.
CONTINUOUS_SHARE = 0.05
#: With more distinct integers than this, a column is continuous without further counting: memory stays bounded.
MAX_DISTINCT = 1_000_000
INTEGER = r"^\s*[+-]?[0-9]+\s*$"
#: What pandas, which Clarify reads with, takes for booleans: pandas.read_csv, true_values and false_values.
TRUE_SPELLINGS, FALSE_SPELLINGS = (pa.array([word, word.lower(), word.upper()]) for word in ("True", "False"))
#: The marks of a value: it is one of the configured values; it is above the configured threshold or, for a boolean,
#: equals one of the configured values as a number.
LISTED, ABOVE = 1, 2


@dataclass
class ObservedValues:
    """Accumulates what is needed of a column's values; two accumulators of the same column can be merged.

    ``has_fractions`` says whether a number is written with a point, as 15.0 is, ``has_parts`` whether a number is not
    whole. ``largest`` is the largest number; ``distinct`` are the integers, as long as there are no fractions.
    ``has_booleans`` says whether True or False occurs, ``has_other_values`` whether any other value does.
    """

    rows: int = 0
    missing: int = 0
    has_text: bool = False
    has_booleans: bool = False
    has_other_values: bool = False
    has_fractions: bool = False
    has_parts: bool = False
    largest: float = -math.inf
    distinct: set[float] = field(default_factory=set)

    def update(self, vocabulary: pa.Array, rows: int, missing: int) -> None:
        """Add the distinct cells of ``rows`` rows, of which ``missing`` have no cell."""
        self.rows += rows
        self.missing += missing
        is_boolean = pc.is_in(vocabulary, pa.concat_arrays([TRUE_SPELLINGS, FALSE_SPELLINGS]))
        self.has_booleans |= bool(pc.any(is_boolean, min_count=0).as_py())
        vocabulary = vocabulary.filter(pc.invert(is_boolean))
        self.has_other_values |= bool(len(vocabulary))
        values = numbers(vocabulary)
        self.has_text |= bool(np.isnan(values).any())
        self.has_fractions |= not pc.all(pc.match_substring_regex(vocabulary, INTEGER), min_count=0).as_py()
        self.has_parts |= bool((values[np.isfinite(values)] % 1 > 0).any())
        self.largest = max(self.largest, float(np.nanmax(values, initial=-np.inf)))
        if not (self.has_text or self.has_fractions):
            self._add_distinct(set(values.tolist()))

    def merge(self, later: ObservedValues) -> None:
        """Add the accumulator of later rows of the same column."""
        self.rows += later.rows
        self.missing += later.missing
        self.has_text |= later.has_text
        self.has_booleans |= later.has_booleans
        self.has_other_values |= later.has_other_values
        self.has_fractions |= later.has_fractions
        self.has_parts |= later.has_parts
        self.largest = max(self.largest, later.largest)
        self._add_distinct(later.distinct)

    def _add_distinct(self, values: set[float]) -> None:
        if len(self.distinct) <= MAX_DISTINCT:
            self.distinct |= values

    @property
    def is_boolean(self) -> bool:
        """Whether True and False are the only values: then pandas reads them as 1 and 0, otherwise as strings."""
        return self.has_booleans and not self.has_other_values

    def is_continuous(self, values: Sequence[Any]) -> bool:
        """Return whether ``values`` are a threshold of this column rather than some of its values.

        Clarify decides by the type that pandas gives the column: floating-point numbers are continuous, and integers
        become floating-point numbers if one is missing.
        """
        if len(values) > 1 or self.has_text or self.has_booleans:
            return False
        if self.has_fractions or self.missing:
            return True
        return len(self.distinct) >= CONTINUOUS_SHARE * self.rows

    def interval(self, threshold: float) -> str:
        """Return the values above a threshold, as Clarify writes them: ``(0.5, 0.99]``."""
        ends: list[float] = sorted([threshold, self.largest])
        if not self.has_fractions and not self.missing and isinstance(threshold, int):
            return f"({int(ends[0])}, {int(ends[1])}]"
        return f"({float(ends[0])!r}, {float(ends[1])!r}]"


def marks(vocabulary: pa.Array, values: Sequence[Any]) -> np.ndarray:
    """Return LISTED and ABOVE of each distinct cell, shape (cells,); which of them counts depends on all rows."""
    cells = numbers(vocabulary)
    texts = [str(v) for v in values] + [str(v).lower() for v in values if isinstance(v, bool)]
    targets = numbers(pa.array([str(v) for v in values if not isinstance(v, bool)], pa.string()))
    listed = booleans(pc.is_in(vocabulary, pa.array(texts, pa.string()))) | np.isin(cells, targets[~np.isnan(targets)])
    above = cells > targets[0] if len(targets) == 1 else np.zeros(len(cells), bool)
    return (LISTED * listed + ABOVE * (above | _listed_booleans(vocabulary, values))).astype(np.uint8)


def _listed_booleans(vocabulary: pa.Array, values: Sequence[Any]) -> np.ndarray:
    """Return which cells are True or False and equal one of the values as a number: to pandas, 1 is True."""
    targets = [to_number(str(int(value)) if isinstance(value, bool) else str(value)) for value in values]
    spellings = [spelling for number, spelling in ((1, TRUE_SPELLINGS), (0, FALSE_SPELLINGS)) if number in targets]
    return booleans(pc.is_in(vocabulary, pa.concat_arrays([pa.array([], pa.string()), *spellings])))


@dataclass(frozen=True)
class Scores:
    """Turns a model's scores into labels: ``positive`` above the threshold, else 0.

    A whole number is already a label, unless ``always`` says that all numbers are scores.
    """

    threshold: float
    positive: str = "1"
    always: bool = False

    def marks(self, vocabulary: pa.Array, values: Sequence[Any]) -> np.ndarray:
        """Return LISTED of the label that a score becomes, ABOVE of the score itself; see ``marks``."""
        score_marks, scores = marks(vocabulary, values), numbers(vocabulary)
        is_score = np.isfinite(scores) & (self.always | (np.where(np.isfinite(scores), scores, 0) % 1 > 0))
        listed = marks(pa.array(["0", self.positive]), values) & LISTED
        converted = (score_marks & ABOVE) | listed[(scores > self.threshold).astype(int)]
        return np.where(is_score, converted, score_marks).astype(np.uint8)


def threshold_of(values: Sequence[Any], column: str) -> float:
    """Return the number that a continuous column is compared with.

    Raises:
        MonitorError: there is none.
    """
    if not values:
        raise MonitorError(f"column {column!r} is continuous; Clarify needs one threshold for it, and there is none")
    threshold = to_number(values[0]) if isinstance(values[0], str) else values[0]
    if isinstance(threshold, bool) or math.isnan(threshold):
        raise MonitorError(f"column {column!r} is continuous; {values[0]!r} is not a threshold: it must be a number")
    return threshold
