"""Build Clarify's configurations as its steps write them: one for the analysis, one to register for monitoring.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipelines.steps.transform import CSV

REPORT_METHOD = {"report": {"name": "report", "title": "Analysis Report"}}


class AnalysisConfigs(NamedTuple):
    """Holds the configuration of an analysis, and the configuration for comparing later analyses with it."""

    analysis: dict[str, Any]
    monitoring: dict[str, Any]


def bias_config(
    columns: Sequence[str],
    label: str,
    positive: Sequence[Any],
    facets: Mapping[str, Sequence[Any]],
    predictor: Mapping[str, Any] | None = None,
    probability_threshold: float | None = None,
) -> AnalysisConfigs:
    """Return the configurations for bias in the labels or, with a ``predictor``, in a model's predictions.

    See ``clarify.check_bias`` for the arguments.
    """
    groups = {
        "label_values_or_threshold": list(positive),
        "facet": [{"name_or_index": name, "value_or_threshold": list(values)} for name, values in facets.items()],
    }
    method = "post_training_bias" if predictor else "pre_training_bias"
    analysis = _dataset(columns, label) | groups | {"methods": {method: {"methods": "all"}} | REPORT_METHOD}
    analysis |= {"predictor": dict(predictor)} if predictor else {}
    analysis |= {} if probability_threshold is None else {"probability_threshold": probability_threshold}
    return AnalysisConfigs(analysis, groups | {"headers": list(columns), "label": label})


def explainability_config(
    columns: Sequence[str],
    label: str,
    baseline: Sequence[Sequence[Any]],
    num_samples: int,
    seed: int,
    predictor: Mapping[str, Any],
) -> AnalysisConfigs:
    """Return the configurations for SHAP values; see ``clarify.check_explainability`` for the arguments."""
    shap = {
        "use_logit": False,
        "save_local_shap_values": True,
        "baseline": [list(row) for row in baseline],
        "num_samples": num_samples,
        "agg_method": "mean_abs",
        "seed": seed,
    }
    features = [name for name in columns if name != label]
    model = {"predictor": dict(predictor)}
    analysis = _dataset(columns, label) | {"methods": {"shap": shap} | REPORT_METHOD} | model
    return AnalysisConfigs(analysis, {"methods": {"shap": shap}} | model | {"headers": features})


def _dataset(columns: Sequence[str], label: str) -> dict[str, Any]:
    return {"dataset_type": CSV, "headers": list(columns), "label": label}
