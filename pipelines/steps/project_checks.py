"""The project's own checks: ordinary processing steps of the same names, with the same parameters and files.

What runs is ``scripts.check``; the step that resolves the previous baselines is ``previous``. A violation ends the job
with an exit code, as nothing can wait for a condition; the report is uploaded while the job runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local_sagemaker.tools.reports import CHECK, CHECK_TYPE, GROUP
from model_monitor.lifecycle import CALCULATED, USED, files_of
from pipelines.compiling import sdk
from pipelines.steps.analysis_config import AnalysisConfigs, bias, explainability
from pipelines.steps.checks import CHECK_TYPES, CONSTRAINTS, STATISTICS, CheckResult, check_result, dataset_format
from pipelines.steps.clarify import predictor
from pipelines.steps.context import BuildContext
from pipelines.steps.model import ModelResult
from pipelines.steps.parameters import CheckParameters, ClarifyParameters
from pipelines.steps.previous import Previous
from pipelines.steps.processing import ProcessingResult, process

#: The SDK's names of what a check of model quality looks at -> those of ``model_monitor``.
ATTRIBUTES = {
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
    previous: Previous,
    header: bool = True,
    fail_on_violation: Any = True,
    **settings: Any,
) -> CheckResult:
    """See ``checks.check_quality``."""
    config = {"dataset_format": dataset_format(header)} | {ATTRIBUTES[key]: value for key, value in settings.items()}
    if "threshold" in config:
        config["threshold"] = float(config["threshold"])
    ran = _ran(
        context, name, check, context.scikit_learn_image, dataset, config, parameters, previous, fail_on_violation
    )
    return _checked(ran, check)


def check_dataset(context: BuildContext, name: str, dataset: Any, previous: Previous, fail_on_violation: Any) -> Any:
    """The step that compares files with a header with the previous baseline, whatever else; it registers nothing."""
    config = {"dataset_format": dataset_format(header=True)}
    image, always = context.scikit_learn_image, (False, False)
    return _ran(context, name, "DataQuality", image, dataset, config, always, previous, fail_on_violation).step


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
    previous: Previous,
    model: ModelResult | None = None,
    probability_threshold: float | None = None,
    fail_on_violation: Any = True,
) -> CheckResult:
    """See ``clarify.check_bias``."""
    check = "ModelBias" if model else "DataBias"
    asked = predictor(context) if model else None
    config = bias(columns, label, positive, facets, asked, probability_threshold)
    return _analysed(context, name, check, dataset, config, parameters, previous, model, fail_on_violation)


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
    previous: Previous,
    model: ModelResult,
    fail_on_violation: Any = True,
) -> CheckResult:
    """See ``clarify.check_explainability``."""
    config = explainability(columns, label, baseline, num_samples, seed, predictor(context))
    check = "ModelExplainability"
    return _analysed(context, name, check, dataset, config, parameters, previous, model, fail_on_violation)


def _analysed(
    context: BuildContext,
    name: str,
    check: str,
    dataset: Any,
    config: AnalysisConfigs,
    parameters: ClarifyParameters,
    previous: Previous,
    model: ModelResult | None,
    fail_on_violation: Any,
) -> CheckResult:
    """A check of bias or explainability; one of a model runs in the model's own image, with its data."""
    image = context.xgboost_image if model else context.scikit_learn_image
    more = {"model": model.data} if model else {}
    ran = _ran(context, name, check, image, dataset, config.analysis, parameters, previous, fail_on_violation, more)
    return _checked(ran, check, _config(context, config.monitoring))


def _ran(
    context: BuildContext,
    name: str,
    check: str,
    image: str,
    dataset: Any,
    config: Mapping[str, Any],
    parameters: CheckParameters | ClarifyParameters | tuple[bool, bool],
    previous: Previous,
    fail_on_violation: Any,
    more_inputs: Mapping[str, Any] | None = None,
) -> ProcessingResult:
    kind = CHECK_TYPES[check].type
    skip, register, *_ = parameters
    return process(
        context,
        name,
        script="pipelines.scripts.check",
        image=image,
        inputs={
            "data": dataset,
            "config": _config(context, config),
            "baseline": previous.of(kind),
            **(more_inputs or {}),
        },
        outputs={CHECK: context.of_execution(name.lower())},
        arguments={
            "check": kind,
            "skip-check": skip,
            "register-new-baseline": register,
            "fail-on-violation": fail_on_violation,
        },
        environment={CHECK_TYPE: kind} | ({GROUP: previous.group} if isinstance(previous.group, str) else {}),
        keeps_outputs=True,
    )


def _config(context: BuildContext, config: Mapping[str, Any]) -> str:
    """The URI of a configuration, below a hash of its content; it is uploaded with the pipeline."""
    content = json.dumps(config).encode()
    return context.recording.add_below_hash(f"{context.prefix}/config", sdk.ANALYSIS_CONFIG, content)


def _checked(ran: ProcessingResult, check: str, config_uri: str | None = None) -> CheckResult:
    kind = CHECK_TYPES[check]
    files = dict(zip((STATISTICS, CONSTRAINTS), files_of(kind.type), strict=True))
    return check_result(
        ran.step,
        kind,
        lambda file: ran.file(CHECK, f"{CALCULATED}/{files[file]}"),
        lambda file: ran.file(CHECK, f"{USED}/{files[file]}"),
        config_uri,
    )
