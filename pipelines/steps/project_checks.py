"""Build the project's own checks: ordinary processing steps with the same names, parameters and files.

They run ``scripts.check``; ``previous`` builds the step that resolves the previous baselines. A violation ends the job
with an exit code, as no step can wait for a condition; the report is uploaded while the job runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local_sagemaker.tools.reports import CHECK_OUTPUT, CHECK_TYPE_VARIABLE, GROUP_VARIABLE
from model_monitor.lifecycle import CALCULATED_FOLDER, USED_FOLDER, files_of
from pipelines.compiling import sdk
from pipelines.steps.analysis_config import AnalysisConfigs, bias_config, explainability_config
from pipelines.steps.checks import CHECK_TYPES, CONSTRAINTS, STATISTICS, CheckResult, check_result, dataset_format
from pipelines.steps.clarify import predictor_config
from pipelines.steps.context import BuildContext
from pipelines.steps.model import ModelResult
from pipelines.steps.parameters import CheckParameters, ClarifyParameters
from pipelines.steps.previous import PreviousBaselines
from pipelines.steps.processing import ProcessingResult, process

#: The SDK's names for settings of the check of model quality -> those of ``model_monitor``.
MODEL_MONITOR_NAMES = {
    "problem_type": "problem_type",
    "ground_truth_attribute": "ground_truth",
    "inference_attribute": "inference",
    "probability_attribute": "probability",
    "probability_threshold_attribute": "threshold",
}


def check_quality(
    context: BuildContext,
    name: str,
    *,
    check: str,
    dataset: Any,
    parameters: CheckParameters,
    previous: PreviousBaselines,
    header: bool = True,
    fail_on_violation: Any = True,
    **settings: Any,
) -> CheckResult:
    """Return a step that checks quality; see ``checks.check_quality``."""
    config: dict[str, Any] = {"dataset_format": dataset_format(header)}
    config |= {MODEL_MONITOR_NAMES[key]: value for key, value in settings.items()}
    if "threshold" in config:
        config["threshold"] = float(config["threshold"])
    processing = _run_check(
        context, name, check, context.scikit_learn_image, dataset, config, parameters, previous, fail_on_violation
    )
    return _check_result(processing, check)


def check_dataset(
    context: BuildContext, name: str, dataset: Any, previous: PreviousBaselines, fail_on_violation: Any
) -> Any:
    """Return a step that compares files with a header with the previous baseline, always; it registers no new one."""
    config = {"dataset_format": dataset_format(header=True)}
    image, parameters = context.scikit_learn_image, (False, False)
    return _run_check(
        context, name, "DataQuality", image, dataset, config, parameters, previous, fail_on_violation
    ).step


def check_bias(
    context: BuildContext,
    name: str,
    *,
    dataset: Any,
    columns: Sequence[str],
    label: str,
    positive: Sequence[Any],
    facets: Mapping[str, Sequence[Any]],
    parameters: ClarifyParameters,
    previous: PreviousBaselines,
    model: ModelResult | None = None,
    probability_threshold: float | None = None,
    fail_on_violation: Any = True,
) -> CheckResult:
    """Return a step that checks bias; see ``clarify.check_bias``."""
    check = "ModelBias" if model else "DataBias"
    predictor = predictor_config(context) if model else None
    config = bias_config(columns, label, positive, facets, predictor, probability_threshold)
    return _analyse(context, name, check, dataset, config, parameters, previous, model, fail_on_violation)


def check_explainability(
    context: BuildContext,
    name: str,
    *,
    dataset: Any,
    columns: Sequence[str],
    label: str,
    baseline: Sequence[Sequence[Any]],
    num_samples: int,
    seed: int,
    parameters: ClarifyParameters,
    previous: PreviousBaselines,
    model: ModelResult,
    fail_on_violation: Any = True,
) -> CheckResult:
    """Return a step that checks explainability; see ``clarify.check_explainability``."""
    config = explainability_config(columns, label, baseline, num_samples, seed, predictor_config(context))
    check = "ModelExplainability"
    return _analyse(context, name, check, dataset, config, parameters, previous, model, fail_on_violation)


def _analyse(
    context: BuildContext,
    name: str,
    check: str,
    dataset: Any,
    config: AnalysisConfigs,
    parameters: ClarifyParameters,
    previous: PreviousBaselines,
    model: ModelResult | None,
    fail_on_violation: Any,
) -> CheckResult:
    """Return a check of bias or explainability; if it needs a model, it runs in the model's image, with its data."""
    image = context.xgboost_image if model else context.scikit_learn_image
    more_inputs = {"model": model.data} if model else {}
    processing = _run_check(
        context, name, check, image, dataset, config.analysis, parameters, previous, fail_on_violation, more_inputs
    )
    return _check_result(processing, check, _upload_config(context, config.monitoring))


def _run_check(
    context: BuildContext,
    name: str,
    check: str,
    image: str,
    dataset: Any,
    config: Mapping[str, Any],
    parameters: CheckParameters | ClarifyParameters | tuple[bool, bool],
    previous: PreviousBaselines,
    fail_on_violation: Any,
    more_inputs: Mapping[str, Any] | None = None,
) -> ProcessingResult:
    check_type = CHECK_TYPES[check].type
    skip, register, *_ = parameters
    return process(
        context,
        name,
        script="pipelines.scripts.check",
        image=image,
        inputs={
            "data": dataset,
            "config": _upload_config(context, config),
            "baseline": previous.uri(check_type),
            **(more_inputs or {}),
        },
        outputs={CHECK_OUTPUT: context.execution_prefix(name.lower())},
        arguments={
            "check": check_type,
            "skip-check": skip,
            "register-new-baseline": register,
            "fail-on-violation": fail_on_violation,
        },
        environment={CHECK_TYPE_VARIABLE: check_type}
        | ({GROUP_VARIABLE: previous.group} if isinstance(previous.group, str) else {}),
        keeps_outputs=True,
    )


def _upload_config(context: BuildContext, config: Mapping[str, Any]) -> str:
    """Record a configuration for the upload with the pipeline; return its URI, below a hash of its content."""
    content = json.dumps(config).encode()
    return context.recording.add_below_hash(f"{context.prefix}/config", sdk.ANALYSIS_CONFIG, content)


def _check_result(processing: ProcessingResult, check: str, config_uri: str | None = None) -> CheckResult:
    check_type = CHECK_TYPES[check]
    files = dict(zip((STATISTICS, CONSTRAINTS), files_of(check_type.type), strict=True))
    return check_result(
        processing.step,
        check_type,
        lambda file: processing.file(CHECK_OUTPUT, f"{CALCULATED_FOLDER}/{files[file]}"),
        lambda file: processing.file(CHECK_OUTPUT, f"{USED_FOLDER}/{files[file]}"),
        config_uri,
    )
