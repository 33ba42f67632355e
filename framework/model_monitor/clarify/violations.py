"""constraint_violations.json of a run, as Clarify decides and words it. Constraints are an earlier analysis.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from model_monitor import json_files
from model_monitor.monitor_error import MonitorError

#: Below this, the order of the features' attributions is another one.
LEAST_NDCG = 0.9
SECTIONS = ("pre_training_bias_metrics", "post_training_bias_metrics")
SHAP = "kernel_shap"

Violation = dict[str, str]


class MetricPath(NamedTuple):
    """Of a metric in a document."""

    section: str
    facet: str
    value: str
    metric: str


def load(path: Path) -> dict[str, Any]:
    """The constraints in a file.

    Raises:
        MonitorError: there is none, or it is no analysis.json.
    """
    document = json_files.load(path, "constraints file")
    if not isinstance(document, dict) or not document.keys() & {*SECTIONS, "explanations"}:
        raise MonitorError(f"{path.name} is no analysis.json: it has neither bias metrics nor explanations")
    try:
        metrics(document), attributions(document)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise MonitorError(f"{path.name} is no analysis.json: {type(error).__name__}: {error}") from None
    return document


def violations(current: Mapping[str, Any], constraints: Mapping[str, Any]) -> tuple[list[Violation], list[str]]:
    """All violations, and what could not be compared.

    Raises:
        MonitorError: the two have nothing in common.
    """
    bias, explained = list(_bias(current, constraints)), list(_drift(current, constraints))
    found = [one for one in [*bias, *explained] if isinstance(one, dict)]
    notes = [one for one in [*bias, *explained] if isinstance(one, str)]
    if not bias and not explained:
        raise MonitorError("the constraints are of another analysis: they have no metric that this one has")
    return found, [note for note in notes if note]


def _bias(current: Mapping[str, Any], constraints: Mapping[str, Any]) -> Iterator[Violation | str]:
    """For each metric that both have, a violation, a note, or an empty text."""
    demanded = {_key(place): value for place, value in metrics(constraints).items()}
    for place, value in metrics(current).items():
        if _key(place) not in demanded:
            continue
        limit = demanded[_key(place)]
        if limit is None or value is None:
            missing = "constraints" if limit is None else "data"
            yield f"{place.metric} of {place.facet} {place.value} is not defined for the {missing}, so not compared"
        elif abs(value) > abs(limit):
            yield {
                "facet": place.facet,
                "facet_value": place.value,
                "metric_name": place.metric,
                "constraint_check_type": "bias_drift_check",
                "description": f"Metric value {value} doesn't meet the baseline constraint requirement {limit}",
            }
        else:
            yield ""


def _key(place: MetricPath) -> MetricPath:
    """An interval is known by its lower end: the upper one is the largest value, which other data have elsewhere."""
    is_interval = place.value.startswith("(") and place.value.endswith("]") and ", " in place.value
    return place._replace(value=place.value.partition(", ")[0]) if is_interval else place


def metrics(document: Mapping[str, Any]) -> dict[MetricPath, float | None]:
    """The bias metrics of an analysis.json; None where one is not defined."""
    return {
        MetricPath(section, facet, _text(entry["value_or_threshold"]), metric["name"]): _number(metric["value"])
        for section in SECTIONS
        for facet, entries in document.get(section, {}).get("facets", {}).items()
        for entry in entries
        for metric in entry["metrics"]
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"value_or_threshold is {value!r}; it must be text")
    return value


def _number(value: Any) -> float | None:
    """As it is written, so that a description has the same digits; None for what is no number, NaN too."""
    found = None if value is None else value if isinstance(value, int | float) else float(value)
    return None if found != found else found


def _drift(current: Mapping[str, Any], constraints: Mapping[str, Any]) -> Iterator[Violation | str]:
    demanded = attributions(constraints)
    for label, values in attributions(current).items():
        if label not in demanded:
            continue
        if values.keys() != demanded[label].keys():
            odd = sorted(values.keys() ^ demanded[label].keys())
            raise MonitorError(f"the constraints are of other features: {', '.join(odd[:10])}")
        score = ndcg(list(demanded[label].values()), [values[name] for name in demanded[label]])
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
    """Label -> feature -> global SHAP value of an analysis.json."""
    explained = document.get("explanations", {}).get(SHAP, {})
    return {label: {n: float(v) for n, v in one["global_shap_values"].items()} for label, one in explained.items()}


def ndcg(relevance: list[float], scores: list[float]) -> float:
    """How well scores put features into the order of their relevance: 1 at best.

    scikit-learn's, as Clarify takes it. https://scikit-learn.org/stable/modules/generated/sklearn.metrics.ndcg_score.html

    Raises:
        MonitorError: a relevance is negative, as medians may be, or no number.
    """
    if not all(isfinite(value) for value in [*relevance, *scores]):
        raise MonitorError("an attribution is no finite number, so there is no nDCG")
    if min(relevance, default=0) < 0:
        raise MonitorError("attributions below 0, as medians may be, have no nDCG; take agg_method mean_abs or mean_sq")
    if len(relevance) < 2:
        return 1.0  # there is one order only
    from sklearn.metrics import ndcg_score  # slow to import

    return float(ndcg_score([relevance], [scores]))
