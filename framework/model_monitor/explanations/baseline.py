"""Provides the rows that SHAP compares with: those of the configuration, or the centres of the dataset's clusters.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-feature-attribute-shap-baselines.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from model_monitor.accumulators.values import numbers
from model_monitor.monitor_error import MonitorError

import numpy as np
import pyarrow as pa

#: The largest number of clusters that is tried if none is configured; the number that separates best is taken.
MAX_CLUSTERS = 12
#: The most rows to cluster, and the most to score clusters by; larger datasets are sampled.
SAMPLE_ROWS, SCORED_ROWS = 20_000, 2_000

Texts = list[str | None]


def given_rows(rows: Sequence[Sequence[object]], features: Sequence[str]) -> list[Texts]:
    """Return rows of a configuration as strings.

    Raises:
        MonitorError: a row's number of values is not that of the features, or a value is neither a string nor a number.
    """
    for number, row in enumerate(rows):
        if len(row) != len(features):
            raise MonitorError(
                f"row {number} of the SHAP baseline has {len(row)} values, and there are {len(features)} features "
                f"({', '.join(features[:20])})"
            )
        if invalid := [value for value in row if not (value is None or isinstance(value, str | int | float))]:
            raise MonitorError(
                f"row {number} of the SHAP baseline holds {invalid[0]!r}, which is neither a string nor a number"
            )
    return [[None if value is None else str(value) for value in row] for row in rows]


def sample(chunks: Iterable[Sequence[pa.Array]], seed: int) -> list[Texts]:
    """Return the columns of at most SAMPLE_ROWS rows, drawn from all rows with equal probability."""
    random, keys = np.random.default_rng(seed), np.empty(0)
    columns: list[list[pa.Array]] = []
    for chunk in chunks:
        rows = len(chunk[0]) if chunk else 0
        keys = np.concatenate([keys, random.random(rows)])
        columns = [[*old, new] for old, new in zip(columns or [[] for _ in chunk], chunk, strict=True)]
        if len(keys) > 2 * SAMPLE_ROWS:
            keys, columns = _select_sample(keys, columns)
    keys, columns = _select_sample(keys, columns)
    return [column[0].to_pylist() for column in columns]


def _select_sample(keys: np.ndarray, columns: list[list[pa.Array]]) -> tuple[np.ndarray, list[list[pa.Array]]]:
    """Return the rows with the smallest random keys, in their order."""
    chosen = np.sort(np.argsort(keys, kind="stable")[:SAMPLE_ROWS])
    return keys[chosen], [[pa.concat_arrays([c.cast(pa.string()) for c in column]).take(pa.array(chosen))]
                           for column in columns]  # fmt: skip


def cluster(columns: Sequence[Texts], count: int | None, seed: int) -> list[Texts]:
    """Return the centres of clusters: the means of numbers, the most frequent text.

    Clarify uses k-means, or k-prototypes if there are texts, and "an optimal number" of clusters from 1 to 12. How it
    finds that number is undocumented; we take the number with the best silhouette.

    Args:
        columns: the features' columns, equally long.
        count: number of clusters; None to choose it.
        seed: of the random initial centres.

    Raises:
        MonitorError: there are no rows.
    """
    if not columns or not columns[0]:
        raise MonitorError("there are no rows to compute a SHAP baseline from")
    spread, numeric = _to_points(columns)
    labels = _labels(spread, count, seed)
    return [
        [_centre(column, labels == label, is_number) for column, is_number in zip(columns, numeric, strict=True)]
        for label in np.unique(labels)
    ]


def _to_points(columns: Sequence[Texts]) -> tuple[np.ndarray, list[bool]]:
    """Return the rows as points, and which columns are numeric.

    Numbers are in units of their standard deviation, texts are one-hot encoded.
    """
    parts, numeric = [], []
    for column in columns:
        values = numbers(pa.array(["" if cell is None else cell for cell in column], pa.string()))
        numeric.append(all(cell is None or value == value for cell, value in zip(column, values, strict=True)))
        if np.isinf(values).any():
            raise MonitorError("a feature holds an infinite number, which belongs to no cluster; give a SHAP baseline")
        if numeric[-1]:
            mean = np.nanmean(values) if np.isfinite(values).any() else 0.0
            filled = np.where(np.isnan(values), mean, values)
            parts.append((filled - filled.mean()) / (filled.std() or 1.0))
        else:
            parts += [np.array([cell == text for cell in column], float) for text in sorted({str(c) for c in column})]
    return np.stack(parts, axis=1), numeric


def _labels(points: np.ndarray, count: int | None, seed: int) -> np.ndarray:
    from sklearn.cluster import KMeans  # slow to import

    distinct = len(np.unique(points, axis=0))

    def labels(clusters: int) -> np.ndarray:
        return KMeans(clusters, n_init=3, random_state=seed).fit_predict(points)

    if count or distinct < 3:
        return labels(min(count or 1, distinct))
    return max(map(labels, range(2, min(MAX_CLUSTERS, distinct - 1) + 1)), key=_separation(points, seed))


def _separation(points: np.ndarray, seed: int) -> Callable[[np.ndarray], float]:
    from sklearn.metrics import silhouette_score

    size = min(SCORED_ROWS, len(points))

    def score(labels: np.ndarray) -> float:
        try:
            return float(silhouette_score(points, labels, sample_size=size, random_state=seed))
        except ValueError:  # all sampled rows belong to one cluster
            return -1.0

    return score


def _centre(column: Texts, chosen: np.ndarray, is_number: bool) -> str | None:
    cells = [cell for cell, is_in in zip(column, chosen, strict=True) if is_in and cell is not None]
    if not cells:
        return None
    if is_number:
        return repr(float(np.mean([float(cell) for cell in cells])))
    return Counter(cells).most_common(1)[0][0]
