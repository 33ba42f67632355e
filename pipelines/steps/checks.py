"""Check steps: a baseline of a dataset, compared with the previous one, and what registration takes of both.

A check is a row of CHECKS. What it compares with, and when, is ``model_monitor.lifecycle``'s table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext
from pipelines.steps.parameters import CheckParameters
from pipelines.steps.previous import Previous

from sagemaker.core.model_metrics import FileSource, MetricsSource
from sagemaker.mlops.workflow.check_job_config import CheckJobConfig
from sagemaker.mlops.workflow.clarify_check_step import (
    DataBiasCheckConfig,
    ModelBiasCheckConfig,
    ModelExplainabilityCheckConfig,
)
from sagemaker.mlops.workflow.quality_check_step import (
    DataQualityCheckConfig,
    ModelQualityCheckConfig,
    QualityCheckStep,
)

JSON = "application/json"
STATISTICS, CONSTRAINTS = "Statistics", "Constraints"
MAX_SECONDS = 24 * 60 * 60


class CheckType(NamedTuple):
    """One kind: its CheckType, the SDK's configuration of it, and its baseline's names where a model is registered.

    ``metrics`` and ``baselines`` are arguments of ModelMetrics and of DriftCheckBaselines, each with the file that it
    is given: Statistics or Constraints. ``config_file`` is the argument for the configuration, of those that have one.
    """

    type: str
    config: Any
    metrics: Mapping[str, str]
    baselines: Mapping[str, str]
    config_file: str | None = None


_DATA = {"model_data_statistics": STATISTICS, "model_data_constraints": CONSTRAINTS}
_MODEL = {"model_statistics": STATISTICS, "model_constraints": CONSTRAINTS}
CHECK_TYPES = {
    "DataQuality": CheckType("DATA_QUALITY", DataQualityCheckConfig, _DATA, _DATA),
    "DataBias": CheckType(
        "DATA_BIAS",
        DataBiasCheckConfig,
        {"bias_pre_training": CONSTRAINTS},
        {"bias_pre_training_constraints": CONSTRAINTS},
        "bias_config_file",
    ),
    "ModelQuality": CheckType("MODEL_QUALITY", ModelQualityCheckConfig, _MODEL, _MODEL),
    "ModelBias": CheckType(
        "MODEL_BIAS",
        ModelBiasCheckConfig,
        {"bias_post_training": CONSTRAINTS, "bias": CONSTRAINTS},
        {"bias_post_training_constraints": CONSTRAINTS},
        "bias_config_file",
    ),
    "ModelExplainability": CheckType(
        "MODEL_EXPLAINABILITY",
        ModelExplainabilityCheckConfig,
        {"explainability": CONSTRAINTS},
        {"explainability_constraints": CONSTRAINTS},
        "explainability_config_file",
    ),
}


@dataclass(frozen=True)
class CheckResult:
    """A check step and its baselines: ``calculated`` of this execution's data, as arguments of ModelMetrics; ``used``
    is what later executions compare with, and its configuration, as arguments of DriftCheckBaselines.
    """

    step: Any
    calculated: Mapping[str, MetricsSource]
    used: Mapping[str, MetricsSource | FileSource]


def check_result(
    step: Any,
    check: CheckType,
    calculated: Callable[[str], Any],
    used: Callable[[str], Any],
    config_uri: Any = None,
) -> CheckResult:
    """What registration takes of a check step.

    Args:
        step: the SDK's.
        check: the row of CHECKS.
        calculated, used: Statistics or Constraints -> the file's URI.
        config_uri: of the configuration by which a baseline of bias or explainability is made.
    """
    config = {check.config_file: FileSource(config_uri, content_type=JSON)} if check.config_file else {}
    return CheckResult(
        step,
        {name: MetricsSource(JSON, calculated(file)) for name, file in check.metrics.items()},
        {name: MetricsSource(JSON, used(file)) for name, file in check.baselines.items()} | config,
    )


def sagemaker_check_result(step: Any, check: CheckType, config_uri: Any = None) -> CheckResult:
    """The same of a QualityCheck or ClarifyCheck step, whose properties name the files."""
    found = step.properties
    return check_result(
        step,
        check,
        lambda file: getattr(found, f"CalculatedBaseline{file}"),
        lambda file: getattr(found, f"BaselineUsedForDriftCheck{file}"),
        config_uri,
    )


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
    """A step that computes a quality baseline of a dataset and compares it with the previous one.

    Args:
        context: what all jobs share.
        name: the step's.
        check: a row of CHECKS.
        dataset: S3 URI of a CSV file, or of a folder of such.
        parameters: the execution's.
        previous: where the previous baseline is found.
        header: whether each file begins with its columns' names; without, they are _c0, _c1 ...
        fail_on_violation: whether violations end the execution; else they are only reported.
        settings: further ones of the SDK's configuration, e.g. ``problem_type``.
    """
    config = _config(CHECK_TYPES[check].config, context, name, dataset, header, **settings)
    step = QualityCheckStep(
        name,
        quality_check_config=config,
        check_job_config=check_job(context),
        skip_check=parameters.skip,
        fail_on_violation=fail_on_violation,
        register_new_baseline=parameters.register,
        model_package_group_name=previous.group,
        supplied_baseline_statistics=parameters.supplied_statistics,
        supplied_baseline_constraints=parameters.supplied_constraints,
    )
    return sagemaker_check_result(step, CHECK_TYPES[check])


def data_quality_config(context: BuildContext, name: str, dataset: Any) -> DataQualityCheckConfig:
    """What a data quality check of files with a header looks at, and where the step of this name writes to."""
    return _config(DataQualityCheckConfig, context, name, dataset, header=True)


def _config(kind: Any, context: BuildContext, name: str, dataset: Any, header: bool, **settings: Any) -> Any:
    return kind(
        baseline_dataset=dataset,
        dataset_format=dataset_format(header),
        output_s3_uri=context.of_execution(name.lower()),
        **settings,
    )


def dataset_format(header: bool) -> dict[str, Any]:
    """CSV, as Model Monitor has it said."""
    return {"csv": {"header": header, "output_columns_position": "START"}}


def check_job(context: BuildContext, may_isolate: bool = True) -> CheckJobConfig:
    """The settings that every job has, for the job of a check."""
    return CheckJobConfig(
        role=context.role,
        instance_type=context.processing_instance_type,
        volume_kms_key=context.security.kms_key,
        output_kms_key=context.security.kms_key,
        network_config=sdk.check_network(context.security.network(may_isolate)),
        tags=list(context.tags),
        max_runtime_in_seconds=MAX_SECONDS,
        sagemaker_session=context.session,
    )
