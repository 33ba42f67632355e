"""Relax data-quality constraints so that another sample of the same source meets them.

The analyzer has no tolerance: in a batch, the share of missing values may not exceed the baseline's at all, and no
value may be unlisted or of another type. About half of all batches of the same source violate that by chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from model_monitor.accumulators.values import to_number
from model_monitor.data_quality.monitoring_config import suggest_config
from model_monitor.result import SHAPES

OVERRIDES_MEMBER = "monitoringConfigOverrides"
#: Share of the baseline's cells that meet a constraint -> share of the batch's cells that must.
RequiredShare = Callable[[float], float]


def relax(
    constraints: Mapping[str, Any], statistics: Mapping[str, Any], rows: int, deviations: float
) -> dict[str, Any]:
    """Return the constraints with the tolerance that a batch of this size needs.

    The share of missing values, of unlisted values and of cells of another type may exceed the baseline's by this many
    standard deviations of the difference between two such shares (Agresti, Coull 1998, doi 10.2307/2685469). The type
    of a string column is not checked if the statistics list no values. Drift thresholds are unchanged, as the
    comparison takes both sample sizes into account.

    Args:
        constraints, statistics: the baseline's documents; they are not changed.
        rows: the number of rows of the batch.
        deviations: how many standard deviations to tolerate; 0 leaves the constraints unchanged.
    """
    if not deviations or not rows:
        return dict(constraints)
    config = suggest_config(SHAPES[0]) | dict(constraints.get("monitoring_config") or {})
    total = int(statistics["dataset"]["item_count"])
    statistics_by_name = {feature["name"]: feature for feature in statistics["features"]}

    def required_share(share: float) -> float:
        return max(0.0, 1.0 - _largest_share(1.0 - share, total, rows, deviations))

    features = [
        _relax_feature(feature, statistics_by_name.get(feature["name"], {}), config, required_share)
        for feature in constraints["features"]
    ]
    config["domain_content_threshold"] = min(config["domain_content_threshold"], required_share(1.0))
    return dict(constraints) | {"features": features, "monitoring_config": config}


def _relax_feature(
    feature: Mapping[str, Any], feature_statistics: Mapping[str, Any], config: Mapping[str, Any], required_share: Any
) -> dict[str, Any]:
    relaxed = dict(feature)
    if isinstance(completeness := feature.get("completeness"), int | float):
        relaxed["completeness"] = min(completeness, required_share(completeness))
    if feature.get("inferred_type") == "String":
        threshold = min(config["datatype_check_threshold"], _required_string_share(feature_statistics, required_share))
        if threshold < config["datatype_check_threshold"]:
            relaxed[OVERRIDES_MEMBER] = {**(feature.get(OVERRIDES_MEMBER) or {}), "datatype_check_threshold": threshold}
    return relaxed


def _required_string_share(feature_statistics: Mapping[str, Any], required_share: RequiredShare) -> float:
    """Return the share of a string column's cells that must be neither numbers nor booleans."""
    buckets = (
        feature_statistics.get("string_statistics", {}).get("distribution", {}).get("categorical", {}).get("buckets")
    )
    if not buckets:
        return 0.0
    mismatches = sum(bucket["count"] for bucket in buckets if _is_not_string(str(bucket["value"])))
    total = sum(bucket["count"] for bucket in buckets)
    return 1.0 if not mismatches else required_share(1.0 - mismatches / total)


def _is_not_string(cell: str) -> bool:
    return not math.isnan(to_number(cell)) or cell.lower() in ("true", "false")


def _largest_share(share: float, total: int, rows: int, deviations: float) -> float:
    """Return the largest share that a batch may have by chance if the baseline, of ``total`` rows, has ``share``."""
    squared = deviations**2
    middle = (share * total + squared / 2) / (total + squared)
    return (
        share
        if share >= 1
        else middle + deviations * math.sqrt(middle * (1 - middle) * (1 / (total + squared) + 1 / rows))
    )
