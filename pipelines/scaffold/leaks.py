"""Find columns that add up to the target, and so leak it together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

#: The largest residual of an exact sum, as a share of the target's standard deviation.
MAX_RESIDUAL = 1e-6
#: How many more rows than columns are needed: with fewer rows, any columns would fit.
MIN_EXTRA_ROWS = 20


def find_sum(target: np.ndarray, columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return columns whose weighted sum is the target, none of them superfluous, with their weights; empty if none.

    Args:
        target: of shape (rows,).
        columns: name -> numbers of the same rows.
    """
    is_known = np.isfinite(target)
    target = target[is_known]
    known_columns = {name: values[is_known] for name, values in columns.items()}
    usable = {name: values for name, values in known_columns.items() if np.isfinite(values).all() and values.std() > 0}
    if not usable or len(target) < len(usable) + MIN_EXTRA_ROWS or not target.std() or not _is_sum(usable, target):
        return {}
    for name in [*usable]:
        remaining = {column: values for column, values in usable.items() if column != name}
        if remaining and _is_sum(remaining, target):
            usable = remaining
    weights = _weights(usable, target)
    return dict(zip(usable, weights.tolist(), strict=True)) if len(usable) > 1 else {}


def format_sum(target: str, weights: Mapping[str, float]) -> str:
    """Return the sum as text: ``casual + registered = cnt``."""
    terms = (name if abs(weight - 1) < MAX_RESIDUAL else f"{weight:.6g} {name}" for name, weight in weights.items())
    return f"{' + '.join(terms).replace('+ -', '- ')} = {target}"


def _weights(columns: Mapping[str, np.ndarray], target: np.ndarray) -> np.ndarray:
    matrix = np.column_stack([*columns.values()])
    scale, origin = matrix.std(axis=0), matrix.mean(axis=0)
    solution, *_ = np.linalg.lstsq((matrix - origin) / scale, target - target.mean(), rcond=None)
    return np.asarray(solution / scale)


def _is_sum(columns: Mapping[str, np.ndarray], target: np.ndarray) -> bool:
    matrix = np.column_stack([*columns.values()])
    residual = target - target.mean() - (matrix - matrix.mean(axis=0)) @ _weights(columns, target)
    return bool(np.abs(residual).max() <= MAX_RESIDUAL * target.std())
