"""Arrow's arrays as NumPy's, without a copy where that can be.

Arrow's own ``to_numpy`` does the same, but imports pandas for it, which costs a third of a second and 60 MB.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa


def plain(array: pa.Array, kind: Any) -> np.ndarray:
    """A numeric array without nulls; ``kind`` is NumPy's name for its type."""
    return np.frombuffer(array.buffers()[1] or b"", kind)[array.offset : array.offset + len(array)]


def booleans(array: pa.Array) -> np.ndarray:
    """A Boolean array without nulls."""
    bits = np.frombuffer(array.buffers()[1] or b"", np.uint8)
    return np.unpackbits(bits, bitorder="little")[array.offset : array.offset + len(array)].astype(bool)
