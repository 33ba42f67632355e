"""Columns that together give the answer away: the target is their sum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

#: What is left of the target beside the sum, as a share of its deviation.
EXACT = 1e-6
#: Rows that a sum must explain beyond the columns that it has: with fewer any columns do.
MIN_ROWS_MORE = 20


def sum_of(target: np.ndarray, columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The columns that the target is a sum of, with their factors, as few as possible; none where it is no such sum.

    Args:
        target: of shape (rows,).
        columns: name -> numbers of the same rows.
    """
    rows = np.isfinite(target)
    complete = {name: values for name, values in columns.items() if np.isfinite(values[rows]).all()}
    names = [name for name, values in complete.items() if values[rows].std() > 0]
    wanted = target[rows]
    if not names or len(wanted) < len(names) + MIN_ROWS_MORE or not wanted.std():
        return {}
    matrix = np.column_stack([complete[name][rows] for name in names])
    if not _is_sum(matrix, wanted):
        return {}
    for name in [*names]:  # one that is not needed goes
        others = [other for other in names if other != name]
        if others and _is_sum(np.column_stack([complete[other][rows] for other in others]), wanted):
            names = others
    factors = _factors(np.column_stack([complete[name][rows] for name in names]), wanted)
    return dict(zip(names, factors.tolist(), strict=True)) if len(names) > 1 else {}


def written(target: str, factors: Mapping[str, float]) -> str:
    """``casual + registered = cnt``."""
    terms = (name if abs(factor - 1) < EXACT else f"{factor:.6g} {name}" for name, factor in factors.items())
    return f"{' + '.join(terms).replace('+ -', '- ')} = {target}"


def _factors(matrix: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    scale, origin = matrix.std(axis=0), matrix.mean(axis=0)
    found, *_ = np.linalg.lstsq((matrix - origin) / scale, wanted - wanted.mean(), rcond=None)
    return np.asarray(found / scale)


def _is_sum(matrix: np.ndarray, wanted: np.ndarray) -> bool:
    rest = wanted - wanted.mean() - (matrix - matrix.mean(axis=0)) @ _factors(matrix, wanted)
    return bool(np.abs(rest).max() <= EXACT * wanted.std())
