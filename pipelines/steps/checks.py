"""Build check steps, which compute a baseline of a dataset and compare it with the previous one.

CHECK_TYPES has a row for each check. The table in ``model_monitor.lifecycle`` defines what it compares with, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext
from pipelines.steps.parameters import CheckParameters
from pipelines.steps.previous import PreviousBaselines

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
    """A type of check that SageMaker defines, with the SDK's class of its configuration.

    ``metrics`` and ``baselines`` are arguments of ModelMetrics and of DriftCheckBaselines -> the file to pass:
    Statistics or Constraints. ``config_file`` is the argument for the configuration; None if there is none.
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
    """A check step and its baselines, as registration takes them.

    ``calculated`` holds arguments of ModelMetrics: the baseline of this execution's data. ``used`` holds arguments of
    DriftCheckBaselines: the baseline that later executions compare with, and its configuration.
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
    """Return a check step with its baselines.

    Args:
        step: the SDK's step.
        check: the row of CHECK_TYPES.
        calculated, used: functions from Statistics or Constraints to the file's URI.
        config_uri: URI of the configuration by which a baseline of bias or explainability is computed.
    """
    config = {check.config_file: FileSource(config_uri, content_type=JSON)} if check.config_file else {}
    return CheckResult(
        step,
        {name: MetricsSource(JSON, calculated(file)) for name, file in check.metrics.items()},
        {name: MetricsSource(JSON, used(file)) for name, file in check.baselines.items()} | config,
    )


def sagemaker_check_result(step: Any, check: CheckType, config_uri: Any = None) -> CheckResult:
    """Return a QualityCheck or ClarifyCheck step with its baselines, whose URIs are properties of the step."""
    properties = step.properties
    return check_result(
        step,
        check,
        lambda file: getattr(properties, f"CalculatedBaseline{file}"),
        lambda file: getattr(properties, f"BaselineUsedForDriftCheck{file}"),
        config_uri,
    )


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
    """Return a step that computes a quality baseline of a dataset and compares it with the previous one.

    Args:
        context: what all jobs share.
        name: the step's name.
        check: a row of CHECK_TYPES.
        dataset: S3 URI of a CSV file, or of a folder of CSV files.
        parameters: the check's parameters.
        previous: the previous baselines.
        header: whether each file begins with the columns' names; otherwise they are _c0, _c1 ...
        fail_on_violation: whether violations fail the execution; otherwise they are only reported.
        settings: more arguments of the SDK's configuration, e.g. ``problem_type``.
    """
    config = _quality_config(CHECK_TYPES[check].config, context, name, dataset, header, **settings)
    step = QualityCheckStep(
        name,
        quality_check_config=config,
        check_job_config=check_job_config(context),
        skip_check=parameters.skip,
        fail_on_violation=fail_on_violation,
        register_new_baseline=parameters.register,
        model_package_group_name=previous.group,
        supplied_baseline_statistics=parameters.supplied_statistics,
        supplied_baseline_constraints=parameters.supplied_constraints,
    )
    return sagemaker_check_result(step, CHECK_TYPES[check])


def data_quality_config(context: BuildContext, name: str, dataset: Any) -> DataQualityCheckConfig:
    """Return the configuration of a data quality check of files with a header, with the step's own output prefix."""
    return _quality_config(DataQualityCheckConfig, context, name, dataset, header=True)


def _quality_config(
    config_class: Any, context: BuildContext, name: str, dataset: Any, header: bool, **settings: Any
) -> Any:
    return config_class(
        baseline_dataset=dataset,
        dataset_format=dataset_format(header),
        output_s3_uri=context.execution_prefix(name.lower()),
        **settings,
    )


def dataset_format(header: bool) -> dict[str, Any]:
    """Return the format of CSV files, as Model Monitor's configuration describes it."""
    return {"csv": {"header": header, "output_columns_position": "START"}}


def check_job_config(context: BuildContext, may_isolate: bool = True) -> CheckJobConfig:
    """Return the settings of a check's job, with what all jobs share."""
    return CheckJobConfig(
        role=context.role,
        instance_type=context.processing_instance_type,
        volume_kms_key=context.security.kms_key,
        output_kms_key=context.security.kms_key,
        network_config=sdk.check_step_network(context.security.network(may_isolate)),
        tags=list(context.tags),
        max_runtime_in_seconds=MAX_SECONDS,
        sagemaker_session=context.session,
    )
