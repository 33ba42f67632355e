"""Hold what a monitoring run compares with: constraints, and the statistics that drift is measured against."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor.data_quality.constraints import Constraints, load_document
from model_monitor.monitor_error import MonitorError

import numpy as np


@dataclass(frozen=True)
class Distribution:
    """The distribution that a feature has in the baseline statistics: a sketch's levels, or counts of categories."""

    inferred_type: str
    levels: list[np.ndarray] | None = None
    categories: dict[str, int] | None = None


@dataclass(frozen=True)
class Baseline:
    """Constraints, and the distribution of each feature that has statistics."""

    constraints: Constraints
    distributions: dict[str, Distribution] = field(default_factory=dict)

    @classmethod
    def load(cls, constraints: Path, statistics: Path | None = None) -> Baseline:
        """Read constraints and statistics; without statistics, drift is not checked.

        Raises:
            MonitorError: one of the files is not valid.
        """
        parsed = Constraints.load(constraints)
        if statistics is None:
            return cls(parsed)
        features = load_document(statistics, "statistics", "features")["features"]
        return cls(parsed, {f["name"]: _distribution(f, statistics) for f in features})


def _distribution(feature: dict[str, Any], file: Path) -> Distribution:
    inferred_type = feature.get("inferred_type", "Unknown")
    try:
        match feature:
            case {"numerical_statistics": {"distribution": {"kll": {"sketch": {"data": data}}}}}:
                return Distribution(inferred_type, levels=_levels(data))
            case {"string_statistics": {"distribution": {"categorical": {"buckets": buckets}}}}:
                return Distribution(inferred_type, categories=_categories(buckets))
    except (LookupError, TypeError, ValueError, OverflowError):
        name = feature["name"]
        raise MonitorError(
            f"{file.name}: the distribution of {name!r} has neither a sketch nor counts of categories"
        ) from None
    return Distribution(inferred_type)


def _levels(data: Any) -> list[np.ndarray]:
    levels = [np.array(level, float) for level in data]
    if any(level.ndim != 1 or not np.isfinite(level).all() for level in levels) or not sum(map(len, levels)):
        raise ValueError("no sketch")
    return levels


def _categories(buckets: Any) -> dict[str, int]:
    counts = {str(bucket["value"]): int(bucket["count"]) for bucket in buckets}
    if not counts or min(counts.values()) <= 0:
        raise ValueError("no counts")
    return counts
