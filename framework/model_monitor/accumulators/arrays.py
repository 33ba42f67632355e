"""Turn Arrow's arrays into NumPy's, without a copy where possible.

Arrow's own ``to_numpy`` does the same, but imports pandas for it, which costs a third of a second and 60 MB.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa


def to_numpy(array: pa.Array, dtype: Any) -> np.ndarray:
    """Return a numeric array without nulls as a NumPy array; ``dtype`` is NumPy's name for its type."""
    return np.frombuffer(array.buffers()[1] or b"", dtype)[array.offset : array.offset + len(array)]


def booleans(array: pa.Array) -> np.ndarray:
    """Return a Boolean array without nulls as a NumPy array."""
    bits = np.frombuffer(array.buffers()[1] or b"", np.uint8)
    return np.unpackbits(bits, bitorder="little")[array.offset : array.offset + len(array)].astype(bool)
