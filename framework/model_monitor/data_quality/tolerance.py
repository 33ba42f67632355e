"""Relax data-quality constraints so that another sample of the same source meets them.

The analyzer requires that a batch has no larger share of gaps than the baseline, no unlisted value and no cell of
another type, to the last digit. About half of all batches of the same source break that by chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from model_monitor.accumulators.values import to_number
from model_monitor.data_quality.monitoring_config import suggest_config
from model_monitor.result import SHAPES

OVERRIDES = "monitoringConfigOverrides"
#: Share of the baseline's cells that meet a constraint -> share of the batch's cells that must.
AtLeast = Callable[[float], float]


def relax(
    constraints: Mapping[str, Any], statistics: Mapping[str, Any], rows: int, deviations: float
) -> dict[str, Any]:
    """Return the constraints with the tolerance that a batch of this size needs.

    The share of gaps, of unlisted values and of cells of another type may exceed the baseline's by this many standard
    deviations of the difference between two such shares (Agresti, Coull 1998, doi 10.2307/2685469). The type of a text
    column is not checked if the statistics list no values. Drift thresholds stay as they are, as the comparison takes
    both sample sizes into account.

    Args:
        constraints, statistics: the baseline's documents; they are not changed.
        rows: of the batch.
        deviations: 0 changes nothing.
    """
    if not deviations or not rows:
        return dict(constraints)
    config = suggest_config(SHAPES[0]) | dict(constraints.get("monitoring_config") or {})
    total = int(statistics["dataset"]["item_count"])
    profiles = {feature["name"]: feature for feature in statistics["features"]}

    def at_least(share: float) -> float:
        return max(0.0, 1.0 - _most(1.0 - share, total, rows, deviations))

    features = [_feature(one, profiles.get(one["name"], {}), config, at_least) for one in constraints["features"]]
    config["domain_content_threshold"] = min(config["domain_content_threshold"], at_least(1.0))
    return dict(constraints) | {"features": features, "monitoring_config": config}


def _feature(
    feature: Mapping[str, Any], profile: Mapping[str, Any], config: Mapping[str, Any], at_least: Any
) -> dict[str, Any]:
    found = dict(feature)
    if isinstance(completeness := feature.get("completeness"), int | float):
        found["completeness"] = min(completeness, at_least(completeness))
    if feature.get("inferred_type") == "String":
        threshold = min(config["datatype_check_threshold"], _share_of_texts(profile, at_least))
        if threshold < config["datatype_check_threshold"]:
            found[OVERRIDES] = {**(feature.get(OVERRIDES) or {}), "datatype_check_threshold": threshold}
    return found


def _share_of_texts(profile: Mapping[str, Any], at_least: AtLeast) -> float:
    """Return the share of a text column's cells that must be neither numbers nor booleans."""
    counted = profile.get("string_statistics", {}).get("distribution", {}).get("categorical", {}).get("buckets")
    if not counted:
        return 0.0
    others = sum(one["count"] for one in counted if _is_of_another_type(str(one["value"])))
    total = sum(one["count"] for one in counted)
    return 1.0 if not others else at_least(1.0 - others / total)


def _is_of_another_type(cell: str) -> bool:
    return not math.isnan(to_number(cell)) or cell.lower() in ("true", "false")


def _most(share: float, total: int, rows: int, deviations: float) -> float:
    """Return the largest share that a batch may have by chance if it is ``share`` of the baseline's ``total`` rows."""
    squared = deviations**2
    middle = (share * total + squared / 2) / (total + squared)
    return (
        share
        if share >= 1
        else middle + deviations * math.sqrt(middle * (1 - middle) * (1 / (total + squared) + 1 / rows))
    )
