"""Convert strings to numbers."""

from __future__ import annotations

import math

from model_monitor.accumulators.arrays import to_numpy

import numpy as np
import pyarrow as pa


def numbers(cells: pa.Array) -> np.ndarray:
    """Return the numbers that strings represent, shape (cells,); NaN for a string that is not a number."""
    try:
        return to_numpy(cells.cast(pa.float64()), "f8")
    except pa.ArrowInvalid:
        return np.array([to_number(cell) for cell in cells.to_pylist()])


def to_number(cell: str) -> float:
    """Return the number that a string represents; NaN if it is not a number."""
    try:
        return math.nan if "_" in cell else float(cell)
    except ValueError:
        return math.nan
