"""Interventional TreeSHAP: exact SHAP values of a model of trees, by the same baseline as KernelSHAP's.

A synthetic row, put together from a row and one of the baseline, reaches a leaf if for each feature on the way the one
that it has it from would go that way. So all that counts of a row is, for each leaf, which of these features would: its
mask. What a leaf adds for a mask is computed once, from the masks of the whole baseline, and looked up for every row.
Lundberg and others (2020), https://doi.org/10.1038/s42256-019-0138-9, has the formula (in algorithm 3).

With numba it is machine code. Without, the same lines run in Python: right, and some hundred times slower.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from model_monitor.explanations.trees import Paths
from model_monitor.monitor_error import MonitorError

import numpy as np

#: Features on the way to one leaf, beyond which the table of its masks would be too large.
MAX_FEATURES = 16


def values(paths: Paths, rows: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """SHAP values of the sum of the leaves.

    Args:
        paths: of the model's trees.
        rows: to explain, shape (rows, features), 32-bit, NaN where one is missing.
        baseline: to compare with, shape (baseline rows, features), likewise.

    Returns:
        Shape (rows, features); their sum is the row's sum of leaves less the baseline's mean.

    Raises:
        MonitorError: a leaf has more features on its way than MAX_FEATURES.
    """
    if (most := int(np.diff(paths.ends, prepend=0).max())) > MAX_FEATURES:
        raise MonitorError(f"TreeSHAP is done here for at most {MAX_FEATURES} features on a path; a leaf has {most}")
    explain, cores = _compiled(), os.cpu_count() or 1
    parts = [np.ascontiguousarray(part.T) for part in np.array_split(rows, cores)]
    across = np.ascontiguousarray(baseline.T)
    with ThreadPoolExecutor(cores) as pool:
        found = list(pool.map(lambda part: explain(part, across, _shares(), *paths.arrays), parts))
    return np.concatenate(found, axis=1).T


def expected(paths: Paths, baseline: np.ndarray) -> float:
    """The mean of the baseline's sums of leaves."""
    reached = [paths.sum_of_leaves(row) for row in baseline]
    return float(np.mean(reached))


@cache
def _shares() -> np.ndarray:
    """Shape (MAX_FEATURES, MAX_FEATURES): p! q! / (p + q + 1)!, of all orders those with p before one and q after."""
    count = MAX_FEATURES + 1
    found = np.zeros((count, count))
    found[0] = 1 / np.arange(1, count + 1)
    for p in range(1, count):
        found[p] = found[p - 1] * p / (p + np.arange(count) + 1)
    return found


def _mask_all(rows: Any, first: Any, last: Any, feature: Any, low: Any, high: Any, missing: Any) -> Any:
    """The mask of each row for a leaf: bit j is set where the row would go its way by the path's j-th feature."""
    masks = np.zeros(rows.shape[1], np.int64)
    for place in range(first, last):
        values = rows[feature[place]]
        bit = 1 << (place - first)
        for row in range(rows.shape[1]):
            value = values[row]
            inside = value >= low[place] and not value >= high[place]
            if inside or (missing[place] and np.isnan(value)):
                masks[row] |= bit
    return masks


def _fill(table: Any, mask: Any, others: Any, often: Any, count: Any, scale: Any, shares: Any) -> None:
    """What a leaf adds to each of its features for one mask: of those that only the row passes, or only the other."""
    full = (1 << count) - 1
    for number in range(others.shape[0]):
        other = others[number]
        if mask | other != full:
            continue
        p, q = 0, 0
        for j in range(count):
            p += ((mask & ~other) >> j) & 1
            q += ((other & ~mask) >> j) & 1
        for j in range(count):
            if ((mask & ~other) >> j) & 1:
                table[j, mask] += often[number] * scale * shares[p - 1, q]
            elif ((other & ~mask) >> j) & 1:
                table[j, mask] -= often[number] * scale * shares[p, q - 1]


def _explain(
    rows: Any, baseline: Any, shares: Any, ends: Any, feature: Any, low: Any, high: Any, missing: Any, leaf: Any
) -> Any:
    """SHAP values, shape (features, rows), of rows of that shape."""
    found = np.zeros(rows.shape)
    first = 0
    for number in range(leaf.shape[0]):
        last = ends[number]
        count = last - first
        often = np.zeros(1 << count, np.int64)
        for mask in _mask_all(baseline, first, last, feature, low, high, missing):
            often[mask] += 1
        others = np.flatnonzero(often)
        table = np.zeros((count, 1 << count))
        is_filled = np.zeros(1 << count, np.bool_)
        masks = _mask_all(rows, first, last, feature, low, high, missing)
        for mask in masks:
            if not is_filled[mask]:
                is_filled[mask] = True
                _fill(table, mask, others, often[others], count, leaf[number] / baseline.shape[1], shares)
        for place in range(first, last):
            added = table[place - first]
            target = found[feature[place]]
            for row in range(rows.shape[1]):
                target[row] += added[masks[row]]
        first = last
    return found


def _compiled() -> Callable[..., np.ndarray]:
    """``_explain`` as machine code where numba is installed, compiled once; threads run it side by side."""
    global _explain, _fill, _mask_all
    try:
        from numba import njit
    except ImportError:
        return _explain
    if not hasattr(_explain, "py_func"):
        _mask_all, _fill = njit(nogil=True)(_mask_all), njit(nogil=True)(_fill)
        _explain = njit(nogil=True)(_explain)
    return _explain
