"""Texts as numbers."""

from __future__ import annotations

import math

from model_monitor.accumulators.arrays import plain

import numpy as np
import pyarrow as pa


def numbers(cells: pa.Array) -> np.ndarray:
    """The numbers that texts are, shape (cells,); NaN where one is none."""
    try:
        return plain(cells.cast(pa.float64()), "f8")
    except pa.ArrowInvalid:
        return np.array([to_number(cell) for cell in cells.to_pylist()])


def to_number(cell: str) -> float:
    """The number that a text is; NaN where it is none."""
    try:
        return math.nan if "_" in cell else float(cell)
    except ValueError:
        return math.nan
