"""Constraints of data quality that a batch of the same kind of rows fulfils: what is suggested allows for no chance.

The analyzer demands that a batch has at most the baseline's share of gaps, no value that the baseline lacks, and no
cell of another type, to the last digit. Rows of the same source as the baseline's break that half of the time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from model_monitor.data_quality.monitoring_config import suggested
from model_monitor.result import SHAPES
from model_monitor.states.values import to_number

OVERRIDES = "monitoringConfigOverrides"
#: The share of cells that has to be so, where it is this one of the baseline's.
AtLeast = Callable[[float], float]


def relaxed(
    constraints: Mapping[str, Any], statistics: Mapping[str, Any], rows: int, deviations: float
) -> dict[str, Any]:
    """The constraints with the tolerance that two samples of one source need.

    A share of gaps, of unlisted values, or of cells of another type may be larger than the baseline's by so many
    standard deviations of the difference of two such shares (Agresti, Coull 1998, doi 10.2307/2685469). Of a text of so
    many kinds that statistics list none, the type is not checked. Whether a distribution has drifted is left as it is:
    that comparison knows the sizes of both samples.

    Args:
        constraints, statistics: the baseline's documents, which stay as they are.
        rows: of the batch.
        deviations: 0 changes nothing.
    """
    if not deviations or not rows:
        return dict(constraints)
    config = suggested(SHAPES[0]) | dict(constraints.get("monitoring_config") or {})
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
    """Which share of a column of texts has to be neither a number nor true or false."""
    counted = profile.get("string_statistics", {}).get("distribution", {}).get("categorical", {}).get("buckets")
    if not counted:
        return 0.0
    others = sum(one["count"] for one in counted if _is_of_another_type(str(one["value"])))
    total = sum(one["count"] for one in counted)
    return 1.0 if not others else at_least(1.0 - others / total)


def _is_of_another_type(cell: str) -> bool:
    return not math.isnan(to_number(cell)) or cell.lower() in ("true", "false")


def _most(share: float, total: int, rows: int, deviations: float) -> float:
    """The largest share that a batch may have by chance where it is ``share`` of the baseline's ``total`` rows."""
    squared = deviations**2
    middle = (share * total + squared / 2) / (total + squared)
    return (
        share
        if share >= 1
        else middle + deviations * math.sqrt(middle * (1 - middle) * (1 / (total + squared) + 1 / rows))
    )
