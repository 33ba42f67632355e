"""What each text of a column is: Integral, Fractional, Boolean or String, by deequ's patterns.

https://github.com/awslabs/deequ, StatefulDataType. Most columns are plain decimals or plain integers throughout; those
are recognised from their bytes, without a pattern.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

KINDS = ("Integral", "Fractional", "Boolean", "String")
INTEGRAL, FRACTIONAL, BOOLEAN, STRING = range(4)
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


def kinds(texts: Texts) -> np.ndarray:
    """The kind of each text, uint8 of shape (n,): an index into KINDS."""
    plain = _plain(texts)
    return _by_pattern(texts.array) if plain is None else plain


def _plain(texts: Texts) -> np.ndarray | None:
    """The kinds where all texts are digits with at most a sign and a point between digits; None otherwise."""
    if not len(texts.starts) or not texts.lengths.all():
        return None
    first = texts.starts[0]
    data = texts.data[first : texts.starts[-1] + texts.lengths[-1]]
    starts = texts.starts - first
    ends = starts + texts.lengths
    digits = int(np.count_nonzero((data - np.uint8(48)) < 10))
    points = np.flatnonzero(data == 46)
    negative = data[starts] == 45
    is_plain = digits + len(points) + int(np.count_nonzero(negative)) == len(data)
    starts = starts + negative
    if not is_plain or (starts >= ends).any():
        return None
    owners = np.arange(len(points))
    if len(points) != len(starts) or (points < starts).any() or (points >= ends).any():
        owners = np.searchsorted(starts, points, side="right") - 1
    if (owners[1:] == owners[:-1]).any() or (points <= starts[owners]).any() or (points + 1 >= ends[owners]).any():
        return None
    found = np.full(len(starts), INTEGRAL, np.uint8)
    found[owners] = FRACTIONAL
    return found


def _by_pattern(array: pa.Array) -> np.ndarray:
    found = np.full(len(array), STRING, np.uint8)
    for kind, pattern in _PATTERNS:
        found[pc.match_substring_regex(array, pattern).to_numpy(zero_copy_only=False)] = kind
    return found


def numbers(array: pa.Array) -> np.ndarray:
    """Texts of the kinds Integral and Fractional as float64 of shape (n,)."""
    try:
        return pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:  # a sign that Arrow does not read: Python does, but for one with a space behind it
        return np.array([float(text.replace(" ", "")) for text in array.to_pylist()])


def integers(array: pa.Array) -> np.ndarray:
    """Texts of the kind Integral as int64 of shape (n,), or as Python's own integers where one is longer."""
    try:
        return pc.cast(array, pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return np.array([int(text.replace(" ", "")) for text in array.to_pylist()], object)
