"""Check steps: a baseline of a dataset, compared with the previous one, and what registration takes of both.

A check is a row of CHECKS. What it compares with, and when, is ``model_monitor.lifecycle``'s table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipelines.compiling import sdk
from pipelines.steps.jobs import Jobs

from sagemaker.core.model_metrics import FileSource, MetricsSource
from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterString
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


class Check(NamedTuple):
    """One kind: the SDK's configuration of it, and what its baseline is called where a model is registered.

    ``metrics`` and ``baselines`` are arguments of ModelMetrics and of DriftCheckBaselines, each with the file that it
    is given: Statistics or Constraints. ``config_file`` is the argument for the configuration, of those that have one.
    """

    config: Any
    metrics: Mapping[str, str]
    baselines: Mapping[str, str]
    config_file: str | None = None


_DATA = {"model_data_statistics": STATISTICS, "model_data_constraints": CONSTRAINTS}
_MODEL = {"model_statistics": STATISTICS, "model_constraints": CONSTRAINTS}
CHECKS = {
    "DataQuality": Check(DataQualityCheckConfig, _DATA, _DATA),
    "DataBias": Check(
        DataBiasCheckConfig,
        {"bias_pre_training": CONSTRAINTS},
        {"bias_pre_training_constraints": CONSTRAINTS},
        "bias_config_file",
    ),
    "ModelQuality": Check(ModelQualityCheckConfig, _MODEL, _MODEL),
    "ModelBias": Check(
        ModelBiasCheckConfig,
        {"bias_post_training": CONSTRAINTS, "bias": CONSTRAINTS},
        {"bias_post_training_constraints": CONSTRAINTS},
        "bias_config_file",
    ),
    "ModelExplainability": Check(
        ModelExplainabilityCheckConfig,
        {"explainability": CONSTRAINTS},
        {"explainability_constraints": CONSTRAINTS},
        "explainability_config_file",
    ),
}


class CheckParameters(NamedTuple):
    """What an execution may say of a check. For a first run, without a baseline, the first two are True."""

    skip: ParameterBoolean
    register: ParameterBoolean
    supplied_statistics: ParameterString
    supplied_constraints: ParameterString

    @classmethod
    def of(cls, check: str) -> CheckParameters:
        """Those of a check, e.g. SkipDataQualityCheck of ``DataQuality``."""
        return cls(
            *_flags(check),
            ParameterString(f"{check}SuppliedStatistics", default_value=""),
            ParameterString(f"{check}SuppliedConstraints", default_value=""),
        )


class ClarifyParameters(NamedTuple):
    """The same of a check of bias or explainability, which has no statistics."""

    skip: ParameterBoolean
    register: ParameterBoolean
    supplied_constraints: ParameterString

    @classmethod
    def of(cls, check: str) -> ClarifyParameters:
        """Those of a check, e.g. SkipDataBiasCheck of ``DataBias``."""
        return cls(*_flags(check), ParameterString(f"{check}SuppliedBaselineConstraints", default_value=""))


def _flags(check: str) -> tuple[ParameterBoolean, ParameterBoolean]:
    return (
        ParameterBoolean(f"Skip{check}Check", default_value=False),
        ParameterBoolean(f"RegisterNew{check}Baseline", default_value=False),
    )


@dataclass(frozen=True)
class Checked:
    """A check step and its baselines, as arguments of ModelMetrics and of DriftCheckBaselines."""

    step: Any
    check: Check

    @property
    def calculated(self) -> dict[str, MetricsSource]:
        """The baseline of this execution's data."""
        return self._sources("CalculatedBaseline", self.check.metrics)

    @property
    def used(self) -> dict[str, MetricsSource | FileSource]:
        """The baseline that later executions compare with, and the configuration that it was made by."""
        files = {}
        if self.check.config_file:
            uri = self.step.clarify_check_config.monitoring_analysis_config_uri
            files = {self.check.config_file: FileSource(uri, content_type=JSON)}
        return self._sources("BaselineUsedForDriftCheck", self.check.baselines) | files

    def _sources(self, prefix: str, arguments: Mapping[str, str]) -> dict[str, MetricsSource]:
        found = self.step.properties
        return {name: MetricsSource(JSON, getattr(found, f"{prefix}{file}")) for name, file in arguments.items()}


def check_quality(
    jobs: Jobs,
    name: str,
    *,
    check: str,
    dataset: Any,
    parameters: CheckParameters,
    group: str,
    header: bool = True,
    fail_on_violation: Any = True,
    **settings: Any,
) -> Checked:
    """A step that computes a quality baseline of a dataset and compares it with the previous one.

    Args:
        jobs: what all jobs share.
        name: the step's.
        check: a row of CHECKS.
        dataset: S3 URI of a CSV file, or of a folder of such.
        parameters: the execution's.
        group: the model package group whose latest approved version holds the previous baseline.
        header: whether each file begins with its columns' names; without, they are _c0, _c1 ...
        fail_on_violation: whether violations end the execution; else they are only reported.
        settings: further ones of the SDK's configuration, e.g. ``problem_type``.
    """
    config = _config(CHECKS[check].config, jobs, name, dataset, header, **settings)
    step = QualityCheckStep(
        name,
        quality_check_config=config,
        check_job_config=check_job(jobs),
        skip_check=parameters.skip,
        fail_on_violation=fail_on_violation,
        register_new_baseline=parameters.register,
        model_package_group_name=group,
        supplied_baseline_statistics=parameters.supplied_statistics,
        supplied_baseline_constraints=parameters.supplied_constraints,
    )
    return Checked(step, CHECKS[check])


def data_quality_config(jobs: Jobs, name: str, dataset: Any) -> DataQualityCheckConfig:
    """What a data quality check of files with a header looks at, and where the step of this name writes to."""
    return _config(DataQualityCheckConfig, jobs, name, dataset, header=True)


def _config(kind: Any, jobs: Jobs, name: str, dataset: Any, header: bool, **settings: Any) -> Any:
    return kind(
        baseline_dataset=dataset,
        dataset_format={"csv": {"header": header, "output_columns_position": "START"}},
        output_s3_uri=jobs.of_execution(name.lower()),
        **settings,
    )


def check_job(jobs: Jobs, may_isolate: bool = True) -> CheckJobConfig:
    """The settings that every job has, for the job of a check."""
    return CheckJobConfig(
        role=jobs.role,
        instance_type=jobs.processing_instance_type,
        volume_kms_key=jobs.security.kms_key,
        output_kms_key=jobs.security.kms_key,
        network_config=sdk.check_network(jobs.security.network(may_isolate)),
        tags=list(jobs.tags),
        max_runtime_in_seconds=MAX_SECONDS,
        sagemaker_session=jobs.session,
    )
