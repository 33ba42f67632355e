"""Finds the violations of a run, decided and worded as Clarify does. The constraints are an earlier analysis.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from model_monitor import json_files
from model_monitor.monitor_error import MonitorError

#: An nDCG below this is a violation: the order of the features by their attributions has changed.
LEAST_NDCG = 0.9
BIAS_SECTIONS = ("pre_training_bias_metrics", "post_training_bias_metrics")
SHAP_SECTION = "kernel_shap"

Violation = dict[str, str]


class MetricPath(NamedTuple):
    """Locates a metric in a document."""

    section: str
    facet: str
    value: str
    metric: str


def load_constraints(path: Path) -> dict[str, Any]:
    """Return the constraints in a file.

    Raises:
        MonitorError: there is no such file, or it is not an analysis.json.
    """
    document = json_files.load(path, "constraints file")
    if not isinstance(document, dict) or not document.keys() & {*BIAS_SECTIONS, "explanations"}:
        raise MonitorError(f"{path.name} is not an analysis.json: it has neither bias metrics nor explanations")
    try:
        metrics(document), attributions(document)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise MonitorError(f"{path.name} is not an analysis.json: {type(error).__name__}: {error}") from None
    return document


def violations(current: Mapping[str, Any], constraints: Mapping[str, Any]) -> tuple[list[Violation], list[str]]:
    """Return all violations, and notes on metrics that could not be compared.

    Raises:
        MonitorError: the two documents have nothing in common.
    """
    comparisons = [*_compare_bias(current, constraints), *_compare_attributions(current, constraints)]
    if not comparisons:
        raise MonitorError("the constraints belong to another analysis: the two have no metric in common")
    violated = [violation for violation in comparisons if isinstance(violation, dict)]
    return violated, [note for note in comparisons if isinstance(note, str) and note]


def _compare_bias(current: Mapping[str, Any], constraints: Mapping[str, Any]) -> Iterator[Violation | str]:
    """Compare the metrics that are in both; for each, yield a violation, a note, or an empty string if it is fine."""
    limits = {_key(path): value for path, value in metrics(constraints).items()}
    for path, value in metrics(current).items():
        if _key(path) not in limits:
            continue
        limit = limits[_key(path)]
        if limit is None or value is None:
            missing = "constraints" if limit is None else "data"
            yield f"{path.metric} of {path.facet} {path.value} is not defined for the {missing} and is not compared"
        elif abs(value) > abs(limit):
            yield {
                "facet": path.facet,
                "facet_value": path.value,
                "metric_name": path.metric,
                "constraint_check_type": "bias_drift_check",
                "description": f"Metric value {value} doesn't meet the baseline constraint requirement {limit}",
            }
        else:
            yield ""


def _key(path: MetricPath) -> MetricPath:
    """Reduce an interval to its lower end: the upper end is the largest value, which differs between datasets."""
    is_interval = path.value.startswith("(") and path.value.endswith("]") and ", " in path.value
    return path._replace(value=path.value.partition(", ")[0]) if is_interval else path


def metrics(document: Mapping[str, Any]) -> dict[MetricPath, float | None]:
    """Return the bias metrics of an analysis.json; None for one that is not defined."""
    return {
        MetricPath(section, facet, _text(entry["value_or_threshold"]), metric["name"]): _number(metric["value"])
        for section in BIAS_SECTIONS
        for facet, entries in document.get(section, {}).get("facets", {}).items()
        for entry in entries
        for metric in entry["metrics"]
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"value_or_threshold is {value!r}; it must be a string")
    return value


def _number(value: Any) -> float | None:
    """Return a number as it is written, so that a description has the same digits; None for null and NaN."""
    number = None if value is None else value if isinstance(value, int | float) else float(value)
    return None if number != number else number


def _compare_attributions(current: Mapping[str, Any], constraints: Mapping[str, Any]) -> Iterator[Violation | str]:
    expected = attributions(constraints)
    for label, values in attributions(current).items():
        if label not in expected:
            continue
        if values.keys() != expected[label].keys():
            differing = sorted(values.keys() ^ expected[label].keys())
            raise MonitorError(f"data and constraints have different features: {', '.join(differing[:10])}")
        score = ndcg(list(expected[label].values()), [values[name] for name in expected[label]])
        if score < LEAST_NDCG:
            yield {
                "label": label,
                "metric_name": "shap",
                "constraint_check_type": "feature_attribution_drift_check",
                "description": f"Feature attribution drift {score} exceeds threshold {LEAST_NDCG}",
            }
        else:
            yield ""


def attributions(document: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return label -> feature -> global SHAP value of an analysis.json."""
    labels = document.get("explanations", {}).get(SHAP_SECTION, {})
    return {label: {n: float(v) for n, v in entry["global_shap_values"].items()} for label, entry in labels.items()}


def ndcg(relevance: list[float], scores: list[float]) -> float:
    """Return how well scores sort features by their relevance, at best 1.

    This is scikit-learn's metric, as in Clarify.
    https://scikit-learn.org/stable/modules/generated/sklearn.metrics.ndcg_score.html

    Raises:
        MonitorError: a relevance is negative, as medians may be, or a number is not finite.
    """
    if not all(isfinite(value) for value in [*relevance, *scores]):
        raise MonitorError("an attribution is not a finite number, so there is no nDCG")
    if min(relevance, default=0) < 0:
        raise MonitorError("negative attributions (agg_method median) have no nDCG; use agg_method mean_abs or mean_sq")
    if len(relevance) < 2:
        return 1.0  # there is only one order
    from sklearn.metrics import ndcg_score  # slow to import

    return float(ndcg_score([relevance], [scores]))
