"""``monitoring_config``: thresholds and switches, as the analyzer suggests them and as a person may change them.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html; the thresholds that are suggested
are those of the analyzer's own files, which are not those of that page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean

DISTRIBUTION = {"perform_comparison": "Enabled", "comparison_threshold": 0.1, "comparison_method": "Robust"}
CATEGORICAL = {"categorical_comparison_threshold": 0.1, "categorical_drift_method": "LInfinity"}
CHOICES = {
    "evaluate_constraints": ("Enabled", "Disabled"),
    "emit_metrics": ("Enabled", "Disabled"),
    "perform_comparison": ("Enabled", "Disabled"),
    "comparison_method": ("Robust", "Simple"),
    "categorical_drift_method": ("LInfinity", "ChiSquared"),
}
#: Thresholds that are shares. That of categories may be a statistic, of any size.
SHARES = ("datatype_check_threshold", "domain_content_threshold", "comparison_threshold")


def suggest_config(shape: str) -> dict[str, Any]:
    """What the analyzer writes. The first two thresholds are the share of values that must fulfil."""
    return {
        "evaluate_constraints": "Enabled",
        "emit_metrics": "Enabled",
        "datatype_check_threshold": 1.0,
        "domain_content_threshold": 1.0,
        "distribution_constraints": DISTRIBUTION | ({} if shape == "2021" else CATEGORICAL),
    }


def merge_config(base: Mapping[str, Any], given: Any, where: str) -> dict[str, Any]:
    """``base`` with what is given.

    Raises:
        MonitorError: ``given`` is no object, or has a member that is not in ``base`` or cannot have its value.
    """
    if not isinstance(given, Mapping):
        raise MonitorError(f"{where} must be an object; it is {given!r}")
    result = dict(base)
    for name, value in given.items():
        if name not in base:
            hint = did_you_mean(name, base)
            raise MonitorError(f"{where} has no member {name!r}{hint} (there are: {', '.join(base)})")
        if isinstance(base[name], Mapping):
            result[name] = merge_config(base[name], value, f"{where}.{name}")
        else:
            result[name] = _checked(name, value, where)
    return result


def _checked(name: str, value: Any, where: str) -> Any:
    if name in CHOICES and value not in CHOICES[name]:
        raise MonitorError(f"{where}: {name} is {value!r}; it must be one of {', '.join(CHOICES[name])}")
    if name in SHARES and not is_share(value):
        raise MonitorError(f"{where}: {name} is {value!r}; it must be a number from 0 to 1")
    if name not in CHOICES and not (is_share(value) or (_is_number(value) and value > 1)):
        raise MonitorError(f"{where}: {name} is {value!r}; it must be a number of at least 0")
    return value


def is_share(value: Any) -> bool:
    """Whether a value of a JSON document is a number from 0 to 1."""
    return _is_number(value) and 0 <= value <= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
