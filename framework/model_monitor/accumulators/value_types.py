"""Determine the type of each string of a column: Integral, Fractional, Boolean or String, by deequ's patterns.

https://github.com/awslabs/deequ, StatefulDataType. Most columns are plain decimals or plain integers throughout; those
are recognised from their bytes, without a pattern.
"""

from __future__ import annotations

from typing import NamedTuple

from model_monitor.accumulators.arrays import booleans, to_numpy

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


class StringBytes(NamedTuple):
    """Strings that contain no nulls, with their bytes: ``data`` uint8; ``starts``, ``lengths`` int64 of shape (n,)."""

    array: pa.Array
    data: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    @classmethod
    def from_array(cls, array: pa.Array) -> StringBytes:
        """Return the bytes of an Arrow array of strings that has no nulls."""
        _, offsets, data = array.buffers()
        bounds = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
        lengths = np.diff(bounds)
        return cls(array, np.frombuffer(data or b"", np.uint8), bounds[:-1], lengths)


def value_types(strings: StringBytes) -> np.ndarray:
    """Return the type of each string, uint8 of shape (n,): an index into TYPE_NAMES."""
    types = _plain_number_types(strings)
    return _types_by_pattern(strings.array) if types is None else types


def _plain_number_types(strings: StringBytes) -> np.ndarray | None:
    """Return the types if all strings are digits with at most a sign, and a point between digits; else None."""
    if not len(strings.starts) or not strings.lengths.all():
        return None
    first = strings.starts[0]
    data = strings.data[first : strings.starts[-1] + strings.lengths[-1]]
    signs = data[strings.starts - first] == _MINUS
    digits, minuses, points = (int(np.count_nonzero(c)) for c in ((data - _ZERO) < 10, data == _MINUS, data == _POINT))
    if digits + minuses + points != len(data) or minuses != np.count_nonzero(signs):
        return None
    if not points:
        return np.full(len(signs), INTEGRAL, np.uint8) if (strings.lengths > signs).all() else None
    point = to_numpy(pc.find_substring(strings.array, "."), np.int32)
    has_point = point >= 0
    is_wrong = np.where(has_point, (point <= signs) | (point + 1 >= strings.lengths), strings.lengths <= signs)
    if is_wrong.any() or points != np.count_nonzero(has_point):
        return None
    return has_point.astype(np.uint8)  # Integral is 0, Fractional 1


def _types_by_pattern(array: pa.Array) -> np.ndarray:
    types = np.full(len(array), STRING, np.uint8)
    for value_type, pattern in _PATTERNS:
        types[booleans(pc.match_substring_regex(array, pattern))] = value_type
    return types


def is_number(array: pa.Array) -> pa.Array:
    """Return whether each string is of the type Integral or Fractional."""
    return pa.array(value_types(StringBytes.from_array(array)) <= FRACTIONAL)


def numbers(array: pa.Array) -> np.ndarray:
    """Return strings of the types Integral and Fractional as float64 of shape (n,)."""
    try:
        return to_numpy(pc.cast(array, pa.float64()), np.float64)
    except pa.ArrowInvalid:  # Arrow does not read every sign; Python does, except one with a space behind it
        return np.array([float(string.replace(" ", "")) for string in array.to_pylist()])


def integers(array: pa.Array) -> np.ndarray | None:
    """Return strings of the type Integral as int64 of shape (n,).

    None if one is too long for that, or has a space behind its sign.
    """
    try:
        return to_numpy(pc.cast(array, pa.int64()), np.int64)
    except pa.ArrowInvalid:
        return None
