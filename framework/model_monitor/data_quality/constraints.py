"""Suggest constraints.json from a baseline, and read one that a user may have edited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor import json_files
from model_monitor.accumulators.column import Column
from model_monitor.data_quality import monitoring_config
from model_monitor.data_quality.monitoring_config import is_share, merge_config
from model_monitor.data_quality.profile import Profile
from model_monitor.data_quality.statistics import NULL_VALUE, listed_categories
from model_monitor.monitor_error import MonitorError
from model_monitor.result import SHAPES

INFERRED_TYPES = ("Integral", "Fractional", "String", "Unknown")


def suggest_constraints(profile: Profile, shape: str = SHAPES[0]) -> dict[str, Any]:
    """Return the content of constraints.json for a baseline's profile.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-create-baseline.html
    """
    return {
        "version": 0.0,
        "features": [_suggest_feature(column) for column in profile.columns.values()],
        "monitoring_config": monitoring_config.suggest_config(shape),
    }


def _suggest_feature(column: Column) -> dict[str, Any]:
    feature: dict[str, Any] = {
        "name": column.name,
        "inferred_type": column.inferred_type,
        "completeness": column.present / column.rows,
    }
    if column.inferred_type in ("Integral", "Fractional"):
        feature["num_constraints"] = {"is_non_negative": column.moments.min >= 0}
    elif column.inferred_type == "String" and (categories := listed_categories(column)) is not None:
        feature["string_constraints"] = {"domains": [value for value in categories if value != NULL_VALUE]}
    return feature


@dataclass(frozen=True)
class FeatureConstraints:
    """The constraints that one column must meet.

    ``config`` is the monitoring_config, with the feature's own overrides.
    """

    name: str
    inferred_type: str
    completeness: float
    domains: list[str] | None
    config: Mapping[str, Any]

    @property
    def is_evaluated(self) -> bool:
        """Whether type, completeness and categories are checked."""
        return bool(self.config["evaluate_constraints"] == "Enabled")

    @property
    def distribution(self) -> Mapping[str, Any]:
        """The settings that apply when its distribution is compared."""
        settings: Mapping[str, Any] = self.config["distribution_constraints"]
        return settings


@dataclass(frozen=True)
class Constraints:
    """The constraints that a dataset must meet."""

    features: list[FeatureConstraints]

    @property
    def domains(self) -> dict[str, list[str]]:
        """The allowed values of each column that has a list of them."""
        return {f.name: f.domains for f in self.features if f.domains is not None}

    @classmethod
    def load(cls, path: Path) -> Constraints:
        """Read a constraints.json that holds the suggested constraints, which a user may have edited.

        Raises:
            MonitorError: it is not a constraints file; the message names the member that is wrong.
        """
        document = load_document(path, "constraints", "features")
        base, overrides = monitoring_config.suggest_config(SHAPES[0]), document.get("monitoring_config") or {}
        config = merge_config(base, overrides, f"{path.name}: monitoring_config")
        features = enumerate(document["features"])
        return cls([_read_feature(feature, config, f"{path.name}: features[{n}]") for n, feature in features])


def load_document(path: Path, document_type: str, member: str) -> dict[str, Any]:
    """Read a JSON document that holds a list of objects as ``member``.

    Raises:
        MonitorError: it is not such a document; the message calls it a ``document_type`` file.
    """
    document = json_files.load(path, f"{document_type} file")
    items = document.get(member) if isinstance(document, dict) else None
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and isinstance(item.get("name"), str) for item in items
    ):
        raise MonitorError(
            f"{path.name} is not a {document_type} file: {member!r} must be a list of objects, each with a name"
        )
    most_common = Counter(item["name"] for item in items).most_common(1)
    if most_common and most_common[0][1] > 1:
        raise MonitorError(f"{path.name}: two {member} are named {most_common[0][0]!r}")
    return document


def _read_feature(feature: dict[str, Any], config: Mapping[str, Any], where: str) -> FeatureConstraints:
    inferred_type, completeness = feature.get("inferred_type"), feature.get("completeness", 0.0)
    numbers, strings = (_read_object(feature, name, where) for name in ("num_constraints", "string_constraints"))
    domains = strings.get("domains")
    if inferred_type not in INFERRED_TYPES:
        raise MonitorError(
            f"{where}: inferred_type is {inferred_type!r}; it must be one of {', '.join(INFERRED_TYPES)}"
        )
    if not is_share(completeness):
        raise MonitorError(f"{where}: completeness is {completeness!r}; it must be a number from 0 to 1")
    if domains is not None and not (isinstance(domains, list) and all(isinstance(d, str) for d in domains)):
        raise MonitorError(f"{where}: domains must be a list of strings")
    overrides: Any = next(filter(None, map(_overrides, (feature, numbers, strings))), {})
    merged = merge_config(config, overrides, f"{where}: monitoring_config_overrides")
    return FeatureConstraints(feature["name"], inferred_type, float(completeness), domains, merged)


def _read_object(feature: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = feature.get(name) or {}
    if not isinstance(value, dict):
        raise MonitorError(f"{where}: {name} must be an object; it is {value!r}")
    return value


def _overrides(place: dict[str, Any]) -> Any:
    """Return the settings that a feature overrides.

    The documentation calls the member monitoringConfigOverrides and puts it into the feature; the SDK's
    ``set_monitoring`` calls it monitoring_config_overrides and puts it into string_constraints. Which of them AWS's
    container reads is undocumented; here either works.
    """
    return place.get("monitoring_config_overrides") or place.get("monitoringConfigOverrides")
