"""Write statistics.json: what AWS's analyzer reports of a dataset's columns, member for member."""

from __future__ import annotations

from typing import Any

from model_monitor.accumulators.column import Column
from model_monitor.accumulators.kll import SHRINKING_FACTOR, SKETCH_SIZE, weighted_items
from model_monitor.data_quality.category_order import order_categories
from model_monitor.data_quality.profile import Profile
from model_monitor.result import SHAPES

import numpy as np

#: Categories are listed for columns that have at most this many distinct values, by the estimate.
MAX_LISTED_CATEGORIES = 120
BUCKETS = 10
#: deequ counts missing values as a category of this name.
NULL_VALUE = "NullValue"


def statistics(profile: Profile, shape: str = SHAPES[0]) -> dict[str, Any]:
    """Return the document.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-statistics.html
    """
    return {
        "version": 0.0,
        "dataset": {"item_count": profile.rows},
        "features": [_feature(column, shape) for column in profile.columns.values()],
    }


def listed_categories(column: Column) -> dict[str, int] | None:
    """Return the count of each category, in the analyzer's order; None if there are too many."""
    if column.categories is None or column.distinct.finish() > MAX_LISTED_CATEGORIES:
        return None
    counts = dict(column.categories)
    if column.missing:
        counts[NULL_VALUE] = counts.get(NULL_VALUE, 0) + column.missing
    return {value: counts[value] for value in order_categories(column.name, counts)}


def _feature(column: Column, shape: str) -> dict[str, Any]:
    feature: dict[str, Any] = {"name": column.name, "inferred_type": column.inferred_type}
    if column.inferred_type == "String":
        feature["string_statistics"] = _string(column, shape)
    elif column.inferred_type != "Unknown":
        feature["numerical_statistics"] = _numerical(column, shape)
    return feature


def _numerical(column: Column, shape: str) -> dict[str, Any]:
    moments = column.moments
    return {
        "common": _common(column),
        "mean": column.total / moments.count,
        "sum": column.total,
        "std_dev": moments.deviation,
        "min": moments.min,
        "max": moments.max,
        **_since_2023(
            shape, approximate_num_distinct_values=column.distinct.finish(), completeness=_completeness(column)
        ),
        "distribution": {"kll": _kll(column)},
    }


def _string(column: Column, shape: str) -> dict[str, Any]:
    members: dict[str, Any] = {
        "common": _common(column),
        "distinct_count": float(column.distinct.finish()),
        **_since_2023(shape, completeness=_completeness(column)),
    }
    categories = listed_categories(column)
    if categories is not None:
        buckets = [{"value": value, "count": count} for value, count in categories.items()]
        members["distribution"] = {"categorical": {"buckets": buckets}}
    return members


def _common(column: Column) -> dict[str, int]:
    return {"num_present": column.present, "num_missing": column.missing}


def _since_2023(shape: str, **members: Any) -> dict[str, Any]:
    return {} if shape == "2021" else members


def _completeness(column: Column) -> float:
    return column.present / column.rows


def _kll(column: Column) -> dict[str, Any]:
    levels = column.kll.finish()
    return {
        "buckets": _buckets(levels, column.moments.min, column.moments.max),
        "sketch": {
            "parameters": {"c": SHRINKING_FACTOR, "k": float(SKETCH_SIZE)},
            "data": [level.tolist() for level in levels],
        },
    }


def _buckets(levels: list[np.ndarray], low: float, high: float) -> list[dict[str, float]]:
    """Return ten buckets of equal width from minimum to maximum, with the sketch's counts.

    The last one includes its upper bound.
    """
    items, weights = weighted_items(levels)
    bounds = [low + (high - low) * n / BUCKETS for n in range(BUCKETS + 1)]
    ranks = [int(weights[items < bound].sum()) for bound in bounds[:-1]] + [int(weights[items <= bounds[-1]].sum())]
    return [
        {"lower_bound": bounds[n], "upper_bound": bounds[n + 1], "count": float(ranks[n + 1] - ranks[n])}
        for n in range(BUCKETS)
    ]
