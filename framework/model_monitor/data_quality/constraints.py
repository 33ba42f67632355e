"""constraints.json: what a baseline suggests that data shall fulfil, and reading one that a person edited."""

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

TYPES = ("Integral", "Fractional", "String", "Unknown")


def suggest_constraints(profile: Profile, shape: str = SHAPES[0]) -> dict[str, Any]:
    """The document. https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-create-baseline.html"""
    return {
        "version": 0.0,
        "features": [_suggested(column) for column in profile.columns.values()],
        "monitoring_config": monitoring_config.suggest_config(shape),
    }


def _suggested(column: Column) -> dict[str, Any]:
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
class Feature:
    """What is demanded of one column; ``config`` is the monitoring_config, with the feature's own overrides."""

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
        """How its distribution is compared."""
        found: Mapping[str, Any] = self.config["distribution_constraints"]
        return found


@dataclass(frozen=True)
class Constraints:
    """What is demanded of a dataset."""

    features: list[Feature]

    @property
    def domains(self) -> dict[str, list[str]]:
        """The allowed values of each column that has such."""
        return {f.name: f.domains for f in self.features if f.domains is not None}

    @classmethod
    def load(cls, path: Path) -> Constraints:
        """Read what ``suggested`` wrote and a person may have edited.

        Raises:
            MonitorError: it is no constraints file; the message names the member that is wrong.
        """
        document = load_document(path, "constraints", "features")
        base, given = monitoring_config.suggest_config(SHAPES[0]), document.get("monitoring_config") or {}
        config = merge_config(base, given, f"{path.name}: monitoring_config")
        features = enumerate(document["features"])
        return cls([_feature(feature, config, f"{path.name}: features[{n}]") for n, feature in features])


def load_document(path: Path, what: str, member: str) -> dict[str, Any]:
    """A JSON document that holds a list of objects as ``member``; raise MonitorError, saying what it should be."""
    document = json_files.load(path, f"{what} file")
    found = document.get(member) if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(f, dict) and isinstance(f.get("name"), str) for f in found):
        raise MonitorError(f"{path.name} is no {what} file: it has no list {member!r} of objects with a name")
    often = Counter(f["name"] for f in found).most_common(1)
    if often and often[0][1] > 1:
        raise MonitorError(f"{path.name}: two {member} are named {often[0][0]!r}")
    return document


def _feature(feature: dict[str, Any], config: Mapping[str, Any], where: str) -> Feature:
    kind, completeness = feature.get("inferred_type"), feature.get("completeness", 0.0)
    numbers, texts = (_member(feature, name, where) for name in ("num_constraints", "string_constraints"))
    domains = texts.get("domains")
    if kind not in TYPES:
        raise MonitorError(f"{where}: inferred_type is {kind!r}; it must be one of {', '.join(TYPES)}")
    if not is_share(completeness):
        raise MonitorError(f"{where}: completeness is {completeness!r}; it must be a number from 0 to 1")
    if domains is not None and not (isinstance(domains, list) and all(isinstance(d, str) for d in domains)):
        raise MonitorError(f"{where}: domains must be a list of texts")
    overrides: Any = next(filter(None, map(_overrides, (feature, numbers, texts))), {})
    own = merge_config(config, overrides, f"{where}: monitoring_config_overrides")
    return Feature(feature["name"], kind, float(completeness), domains, own)


def _member(feature: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    found = feature.get(name) or {}
    if not isinstance(found, dict):
        raise MonitorError(f"{where}: {name} must be an object; it is {found!r}")
    return found


def _overrides(place: dict[str, Any]) -> Any:
    """What a feature has otherwise than the rest.

    The documentation calls the member monitoringConfigOverrides and puts it into the feature; the SDK's
    ``set_monitoring`` calls it monitoring_config_overrides and puts it into string_constraints. Which of them the
    container reads nobody outside knows; here each is.
    """
    return place.get("monitoring_config_overrides") or place.get("monitoringConfigOverrides")
