"""Clarify's configurations, as its steps write them: of the analysis, and of the monitoring that is registered.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipelines.steps.transform import CSV

ANALYSIS_FILE = {"report": {"name": "report", "title": "Analysis Report"}}


class AnalysisConfigs(NamedTuple):
    """The configuration of an analysis, and that by which a later one is compared with it."""

    analysis: dict[str, Any]
    monitoring: dict[str, Any]


def bias(
    columns: Sequence[str],
    label: str,
    positive: Sequence[Any],
    facets: Mapping[str, Sequence[Any]],
    predictor: Mapping[str, Any] | None = None,
    probability_threshold: float | None = None,
) -> AnalysisConfigs:
    """Of bias in the labels; with a ``predictor`` of bias in a model's predictions. See ``clarify.check_bias``."""
    measured = {
        "label_values_or_threshold": list(positive),
        "facet": [{"name_or_index": name, "value_or_threshold": list(values)} for name, values in facets.items()],
    }
    method = "post_training_bias" if predictor else "pre_training_bias"
    analysis = _of(columns, label) | measured | {"methods": {method: {"methods": "all"}} | ANALYSIS_FILE}
    analysis |= {"predictor": dict(predictor)} if predictor else {}
    analysis |= {} if probability_threshold is None else {"probability_threshold": probability_threshold}
    return AnalysisConfigs(analysis, measured | {"headers": list(columns), "label": label})


def explainability(
    columns: Sequence[str],
    label: str,
    baseline: Sequence[Sequence[Any]],
    num_samples: int,
    seed: int,
    predictor: Mapping[str, Any],
) -> AnalysisConfigs:
    """Of SHAP values. See ``clarify.check_explainability``."""
    shap = {
        "use_logit": False,
        "save_local_shap_values": True,
        "baseline": [list(row) for row in baseline],
        "num_samples": num_samples,
        "agg_method": "mean_abs",
        "seed": seed,
    }
    features = [name for name in columns if name != label]
    asked = {"predictor": dict(predictor)}
    analysis = _of(columns, label) | {"methods": {"shap": shap} | ANALYSIS_FILE} | asked
    return AnalysisConfigs(analysis, {"methods": {"shap": shap}} | asked | {"headers": features})


def _of(columns: Sequence[str], label: str) -> dict[str, Any]:
    return {"dataset_type": CSV, "headers": list(columns), "label": label}
