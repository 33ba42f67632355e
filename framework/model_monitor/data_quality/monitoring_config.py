"""Define ``monitoring_config``: thresholds and switches, which the analyzer suggests and a user may change.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html; the suggested thresholds are those
of the analyzer's own files, which differ from those of that page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean

DISTRIBUTION_DEFAULTS = {"perform_comparison": "Enabled", "comparison_threshold": 0.1, "comparison_method": "Robust"}
CATEGORICAL_DEFAULTS = {"categorical_comparison_threshold": 0.1, "categorical_drift_method": "LInfinity"}
ALLOWED_VALUES = {
    "evaluate_constraints": ("Enabled", "Disabled"),
    "emit_metrics": ("Enabled", "Disabled"),
    "perform_comparison": ("Enabled", "Disabled"),
    "comparison_method": ("Robust", "Simple"),
    "categorical_drift_method": ("LInfinity", "ChiSquared"),
}
#: Thresholds that are shares. That of categories may be a statistic, of any size, and is not listed.
SHARE_MEMBERS = ("datatype_check_threshold", "domain_content_threshold", "comparison_threshold")


def suggest_config(shape: str) -> dict[str, Any]:
    """Return what the analyzer writes. The first two thresholds are shares of values that must meet a constraint."""
    return {
        "evaluate_constraints": "Enabled",
        "emit_metrics": "Enabled",
        "datatype_check_threshold": 1.0,
        "domain_content_threshold": 1.0,
        "distribution_constraints": DISTRIBUTION_DEFAULTS | ({} if shape == "2021" else CATEGORICAL_DEFAULTS),
    }


def merge_config(base: Mapping[str, Any], overrides: Any, where: str) -> dict[str, Any]:
    """Return ``base`` with the overrides.

    Raises:
        MonitorError: ``overrides`` is not an object, or has a member that is not in ``base`` or has an invalid value.
    """
    if not isinstance(overrides, Mapping):
        raise MonitorError(f"{where} must be an object; it is {overrides!r}")
    result = dict(base)
    for name, value in overrides.items():
        if name not in base:
            hint = did_you_mean(name, base)
            raise MonitorError(f"{where} has no member {name!r}{hint} (there are: {', '.join(base)})")
        if isinstance(base[name], Mapping):
            result[name] = merge_config(base[name], value, f"{where}.{name}")
        else:
            result[name] = _check_value(name, value, where)
    return result


def _check_value(name: str, value: Any, where: str) -> Any:
    if name in ALLOWED_VALUES and value not in ALLOWED_VALUES[name]:
        raise MonitorError(f"{where}: {name} is {value!r}; it must be one of {', '.join(ALLOWED_VALUES[name])}")
    if name in SHARE_MEMBERS and not is_share(value):
        raise MonitorError(f"{where}: {name} is {value!r}; it must be a number from 0 to 1")
    if name not in ALLOWED_VALUES and not (is_share(value) or (_is_number(value) and value > 1)):
        raise MonitorError(f"{where}: {name} is {value!r}; it must be a number of at least 0")
    return value


def is_share(value: Any) -> bool:
    """Return whether a value of a JSON document is a number from 0 to 1."""
    return _is_number(value) and 0 <= value <= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
