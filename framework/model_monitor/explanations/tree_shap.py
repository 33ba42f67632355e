"""Implements interventional TreeSHAP: exact SHAP values of a tree model, with the same baseline as KernelSHAP.

A synthetic row combines a row and one of the baseline. It reaches a leaf if, for each feature on the path to it, the
row that the feature comes from would follow the path. So a row matters only by its mask: for each leaf, the features
that follow the path. What a leaf adds for a mask is computed once, from the masks of all baseline rows, and looked up
for every row. The formula is in Lundberg and others (2020), https://doi.org/10.1038/s42256-019-0138-9, algorithm 3.

With numba this runs as machine code. Without, the same lines run in Python: correct, but some hundred times slower.
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

#: The most features on the path to one leaf; with more, the table of its masks would be too large.
MAX_FEATURES = 16


def values(paths: Paths, rows: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """Return the SHAP values of the sum of the leaves.

    Args:
        paths: of the model's trees.
        rows: to explain, shape (rows, features), 32-bit, NaN for a missing value.
        baseline: to compare with, shape (baseline rows, features), likewise.

    Returns:
        Shape (rows, features); they sum to the row's sum of leaves less the baseline's mean.

    Raises:
        MonitorError: the path to a leaf has more than MAX_FEATURES features.
    """
    if (most := int(np.diff(paths.ends, prepend=0).max())) > MAX_FEATURES:
        raise MonitorError(f"TreeSHAP supports at most {MAX_FEATURES} features on a path; a leaf has {most}")
    explain, cores = _compile(), os.cpu_count() or 1
    parts = [np.ascontiguousarray(part.T) for part in np.array_split(rows, cores)]
    across = np.ascontiguousarray(baseline.T)
    with ThreadPoolExecutor(cores) as pool:
        shap_values = list(pool.map(lambda part: explain(part, across, _order_shares(), *paths.arrays), parts))
    return np.concatenate(shap_values, axis=1).T


def expected_value(paths: Paths, baseline: np.ndarray) -> float:
    """Return the mean of the baseline's sums of leaves."""
    sums = [paths.sum_of_leaves(row) for row in baseline]
    return float(np.mean(sums))


@cache
def _order_shares() -> np.ndarray:
    """Return p! q! / (p + q + 1)! for p, q up to MAX_FEATURES: the share of orders with p before one and q after."""
    count = MAX_FEATURES + 1
    shares = np.zeros((count, count))
    shares[0] = 1 / np.arange(1, count + 1)
    for p in range(1, count):
        shares[p] = shares[p - 1] * p / (p + np.arange(count) + 1)
    return shares


def _mask_all(rows: Any, first: Any, last: Any, feature: Any, low: Any, high: Any, missing: Any) -> Any:
    """Return each row's mask for a leaf: bit j is set if the row follows the path at the path's j-th feature."""
    masks = np.zeros(rows.shape[1], np.int64)
    for entry in range(first, last):
        values = rows[feature[entry]]
        bit = 1 << (entry - first)
        for row in range(rows.shape[1]):
            value = values[row]
            inside = value >= low[entry] and not value >= high[entry]
            if inside or (missing[entry] and np.isnan(value)):
                masks[row] |= bit
    return masks


def _fill(table: Any, mask: Any, baseline_masks: Any, counts: Any, count: Any, scale: Any, shares: Any) -> None:
    """Compute what a leaf adds for one mask to each feature that only the row passes, or only the baseline row."""
    full = (1 << count) - 1
    for number in range(baseline_masks.shape[0]):
        baseline_mask = baseline_masks[number]
        if mask | baseline_mask != full:
            continue
        p, q = 0, 0
        for j in range(count):
            p += ((mask & ~baseline_mask) >> j) & 1
            q += ((baseline_mask & ~mask) >> j) & 1
        for j in range(count):
            if ((mask & ~baseline_mask) >> j) & 1:
                table[j, mask] += counts[number] * scale * shares[p - 1, q]
            elif ((baseline_mask & ~mask) >> j) & 1:
                table[j, mask] -= counts[number] * scale * shares[p, q - 1]


def _explain(
    rows: Any, baseline: Any, shares: Any, ends: Any, feature: Any, low: Any, high: Any, missing: Any, leaf: Any
) -> Any:
    """Return the SHAP values of rows; both have the shape (features, rows)."""
    values = np.zeros(rows.shape)
    first = 0
    for number in range(leaf.shape[0]):
        last = ends[number]
        count = last - first
        counts = np.zeros(1 << count, np.int64)
        for mask in _mask_all(baseline, first, last, feature, low, high, missing):
            counts[mask] += 1
        baseline_masks = np.flatnonzero(counts)
        table = np.zeros((count, 1 << count))
        is_filled = np.zeros(1 << count, np.bool_)
        masks = _mask_all(rows, first, last, feature, low, high, missing)
        for mask in masks:
            if not is_filled[mask]:
                is_filled[mask] = True
                _fill(
                    table, mask, baseline_masks, counts[baseline_masks], count, leaf[number] / baseline.shape[1], shares
                )
        for entry in range(first, last):
            added = table[entry - first]
            target = values[feature[entry]]
            for row in range(rows.shape[1]):
                target[row] += added[masks[row]]
        first = last
    return values


def _compile() -> Callable[..., np.ndarray]:
    """Return ``_explain``, compiled once to machine code if numba is installed; threads run it concurrently."""
    global _explain, _fill, _mask_all
    try:
        from numba import njit
    except ImportError:
        return _explain
    if not hasattr(_explain, "py_func"):
        _mask_all, _fill = njit(nogil=True)(_mask_all), njit(nogil=True)(_fill)
        _explain = njit(nogil=True)(_explain)
    return _explain
