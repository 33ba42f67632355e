"""constraints.json: what a baseline suggests that data shall fulfil, and reading one that a person edited."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor.data_quality.profile import Profile
from model_monitor.data_quality.statistics import NULL_VALUE, SHAPES, listed_categories
from model_monitor.errors import MonitorError
from model_monitor.states.column import Column

TYPES = ("Integral", "Fractional", "String", "Unknown")
#: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html; the values are those that the
#: analyzer writes, which are not those of that page.
DISTRIBUTION = {"perform_comparison": "Enabled", "comparison_threshold": 0.1, "comparison_method": "Robust"}
CATEGORICAL = {"categorical_comparison_threshold": 0.1, "categorical_drift_method": "LInfinity"}
CHOICES = {
    "evaluate_constraints": ("Enabled", "Disabled"),
    "emit_metrics": ("Enabled", "Disabled"),
    "perform_comparison": ("Enabled", "Disabled"),
    "comparison_method": ("Robust", "Simple"),
    "categorical_drift_method": ("LInfinity", "ChiSquared"),
}


def suggested(profile: Profile, shape: str = SHAPES[0]) -> dict[str, Any]:
    """The document. https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-create-baseline.html"""
    return {
        "version": 0.0,
        "features": [_feature(column) for column in profile.columns.values()],
        "monitoring_config": default_config(shape),
    }


def default_config(shape: str = SHAPES[0]) -> dict[str, Any]:
    """``monitoring_config`` as the analyzer suggests it. The first two thresholds are the share that must fulfil."""
    return {
        "evaluate_constraints": "Enabled",
        "emit_metrics": "Enabled",
        "datatype_check_threshold": 1.0,
        "domain_content_threshold": 1.0,
        "distribution_constraints": DISTRIBUTION | ({} if shape == "2021" else CATEGORICAL),
    }


def _feature(column: Column) -> dict[str, Any]:
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
    """What is demanded of one column."""

    name: str
    inferred_type: str
    completeness: float
    domains: list[str] | None
    is_evaluated: bool
    is_compared: bool


@dataclass(frozen=True)
class Constraints:
    """What is demanded of a dataset: of its features, and ``config``, its monitoring_config with every member there."""

    features: list[Feature]
    config: dict[str, Any]

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
        config = _merged(default_config(), document.get("monitoring_config") or {}, f"{path.name}: monitoring_config")
        return cls(
            [_read(f, config, f"{path.name}: features[{n}]") for n, f in enumerate(document["features"])], config
        )


def load_document(path: Path, what: str, member: str) -> dict[str, Any]:
    """A JSON document that holds a list of objects as ``member``; raise MonitorError, saying what it should be."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MonitorError(f"there is no {what} file {str(path)!r}") from None
    except (OSError, ValueError) as error:
        raise MonitorError(f"{path.name} is no {what} file: {error}") from None
    found = document.get(member) if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(f, dict) and isinstance(f.get("name"), str) for f in found):
        raise MonitorError(f"{path.name} is no {what} file: it has no list {member!r} of objects with a name")
    often = Counter(f["name"] for f in found).most_common(1)
    if often and often[0][1] > 1:
        raise MonitorError(f"{path.name}: two {member} are named {often[0][0]!r}")
    return document


def _read(feature: Mapping[str, Any], config: Mapping[str, Any], where: str) -> Feature:
    kind, completeness = feature.get("inferred_type"), feature.get("completeness", 0.0)
    domains = (feature.get("string_constraints") or {}).get("domains")
    if kind not in TYPES:
        raise MonitorError(f"{where}: inferred_type is {kind!r}; it must be one of {', '.join(TYPES)}")
    if not _is_share(completeness):
        raise MonitorError(f"{where}: completeness is {completeness!r}; it must be a number from 0 to 1")
    if domains is not None and not (isinstance(domains, list) and all(isinstance(d, str) for d in domains)):
        raise MonitorError(f"{where}: domains must be a list of texts")
    own = _merged(config, _overrides(feature), f"{where}: monitoring_config_overrides")
    return Feature(
        feature["name"],
        kind,
        float(completeness),
        domains,
        own["evaluate_constraints"] == "Enabled",
        own["distribution_constraints"]["perform_comparison"] == "Enabled",
    )


def _overrides(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a feature has otherwise than the rest.

    The documentation calls the member monitoringConfigOverrides and puts it into the feature; the SDK's
    ``set_monitoring`` calls it monitoring_config_overrides and puts it into string_constraints. Which of them the
    container reads nobody outside knows; here each is.
    """
    places = [feature, feature.get("num_constraints") or {}, feature.get("string_constraints") or {}]
    found = (
        place.get(name) for place in places for name in ("monitoring_config_overrides", "monitoringConfigOverrides")
    )
    return next((overrides for overrides in found if overrides), {})


def _merged(base: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """``base`` with what is given; raise MonitorError for a value that is none of its choices, or no number."""
    merged = dict(base)
    for name, value in given.items():
        if isinstance(merged.get(name), dict):
            merged[name] = _merged(merged[name], value if isinstance(value, dict) else {}, f"{where}.{name}")
            continue
        if name in CHOICES and value not in CHOICES[name]:
            raise MonitorError(f"{where}: {name} is {value!r}; it must be one of {', '.join(CHOICES[name])}")
        if name.endswith("_threshold") and not _is_number(value):
            raise MonitorError(f"{where}: {name} is {value!r}; it must be a number")
        merged[name] = value
    return merged


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1
