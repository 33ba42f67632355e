"""What each text of a column is: Integral, Fractional, Boolean or String, by deequ's patterns.

https://github.com/awslabs/deequ, StatefulDataType. Most columns are plain decimals or plain integers throughout; those
are recognised from their bytes, without a pattern.
"""

from __future__ import annotations

from typing import NamedTuple

from model_monitor.accumulators.arrays import booleans, plain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

TYPE_NAMES = ("Integral", "Fractional", "Boolean", "String")
INTEGRAL, FRACTIONAL, BOOLEAN, STRING = range(4)
_ZERO, _MINUS, _POINT = (np.uint8(ord(character)) for character in "0-.")
_PATTERNS = (
    (FRACTIONAL, r"^(-|\+)? ?[0-9]+((\.[0-9]+)|((?:\.[0-9]+)?[Ee][-+]?[0-9]+))$"),
    (INTEGRAL, r"^(-|\+)? ?[0-9]+$"),
    (BOOLEAN, r"^(true|false)$"),
)


class Texts(NamedTuple):
    """Texts without nulls, with their bytes: ``data`` uint8; ``starts``, ``lengths`` int64 of shape (n,)."""

    array: pa.Array
    data: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, array: pa.Array) -> Texts:
        """Those of an Arrow array of strings that has no nulls."""
        _, offsets, data = array.buffers()
        bounds = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
        lengths = np.diff(bounds)
        return cls(array, np.frombuffer(data or b"", np.uint8), bounds[:-1], lengths)


def value_types(texts: Texts) -> np.ndarray:
    """The kind of each text, uint8 of shape (n,): an index into KINDS."""
    plain = _plain(texts)
    return _by_pattern(texts.array) if plain is None else plain


def _plain(texts: Texts) -> np.ndarray | None:
    """The kinds where all texts are digits with at most a sign and a point between digits; None otherwise."""
    if not len(texts.starts) or not texts.lengths.all():
        return None
    first = texts.starts[0]
    data = texts.data[first : texts.starts[-1] + texts.lengths[-1]]
    signs = data[texts.starts - first] == _MINUS
    digits, minuses, points = (int(np.count_nonzero(c)) for c in ((data - _ZERO) < 10, data == _MINUS, data == _POINT))
    if digits + minuses + points != len(data) or minuses != np.count_nonzero(signs):
        return None
    if not points:
        return np.full(len(signs), INTEGRAL, np.uint8) if (texts.lengths > signs).all() else None
    point = plain(pc.find_substring(texts.array, "."), np.int32)
    has_point = point >= 0
    is_wrong = np.where(has_point, (point <= signs) | (point + 1 >= texts.lengths), texts.lengths <= signs)
    if is_wrong.any() or points != np.count_nonzero(has_point):
        return None
    return has_point.astype(np.uint8)  # Integral is 0, Fractional 1


def _by_pattern(array: pa.Array) -> np.ndarray:
    found = np.full(len(array), STRING, np.uint8)
    for kind, pattern in _PATTERNS:
        found[booleans(pc.match_substring_regex(array, pattern))] = kind
    return found


def is_number(array: pa.Array) -> pa.Array:
    """Whether each text is of the kind Integral or Fractional."""
    return pa.array(value_types(Texts.of(array)) <= FRACTIONAL)


def numbers(array: pa.Array) -> np.ndarray:
    """Texts of the kinds Integral and Fractional as float64 of shape (n,)."""
    try:
        return plain(pc.cast(array, pa.float64()), np.float64)
    except pa.ArrowInvalid:  # a sign that Arrow does not read: Python does, but for one with a space behind it
        return np.array([float(text.replace(" ", "")) for text in array.to_pylist()])


def integers(array: pa.Array) -> np.ndarray | None:
    """Texts of the kind Integral as int64 of shape (n,); None where one is longer, or has a space behind its sign."""
    try:
        return plain(pc.cast(array, pa.int64()), np.int64)
    except pa.ArrowInvalid:
        return None
