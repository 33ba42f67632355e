"""Declares, for each request, which members this machine handles, records, ignores with a report, or refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import WrittenStep
from local_sagemaker.definition.members.execution import (
    DEFINITION,
    RETRY_PIPELINE_EXECUTION,
    START_PIPELINE_EXECUTION,
    STEP,
)
from local_sagemaker.definition.members.model import CREATE_MODEL
from local_sagemaker.definition.members.model_package import CREATE_MODEL_PACKAGE
from local_sagemaker.definition.members.processing import CREATE_PROCESSING_JOB
from local_sagemaker.definition.members.table import MemberReport, Table, reports
from local_sagemaker.definition.members.training import CREATE_TRAINING_JOB
from local_sagemaker.definition.members.transform import CREATE_TRANSFORM_JOB
from local_sagemaker.definition.members.tuning import CREATE_HYPER_PARAMETER_TUNING_JOB
from local_sagemaker.definition.step_specs import STEP_SPECS

#: Operation, as AWS names it -> the members of its request.
TABLES: Mapping[str, Table] = {
    "CreateHyperParameterTuningJob": CREATE_HYPER_PARAMETER_TUNING_JOB,
    "CreateModel": CREATE_MODEL,
    "CreateModelPackage": CREATE_MODEL_PACKAGE,
    "CreateProcessingJob": CREATE_PROCESSING_JOB,
    "CreateTrainingJob": CREATE_TRAINING_JOB,
    "CreateTransformJob": CREATE_TRANSFORM_JOB,
    "RetryPipelineExecution": RETRY_PIPELINE_EXECUTION,
    "StartPipelineExecution": START_PIPELINE_EXECUTION,
}
#: What the SDK writes into every definition, so that no one has asked for it.
SDK_DEFAULTS = {
    "PipelineExperimentConfig": {
        "ExperimentName": {"Get": "Execution.PipelineName"},
        "TrialName": {"Get": "Execution.PipelineExecutionId"},
    }
}


def definition_reports(definition: Mapping[str, Any], steps: Iterable[WrittenStep]) -> Iterator[MemberReport]:
    """Yield the reports of a definition's own members, of its steps, and of their Arguments.

    Args:
        definition: the definition.
        steps: all its steps, including those in branches.
    """
    own_members = {name: value for name, value in definition.items() if name != "Steps"}
    yield from reports(DEFINITION, {n: value for n, value in own_members.items() if SDK_DEFAULTS.get(n) != value})
    for step in steps:
        yield from _step_reports(step)


def _step_reports(step: WrittenStep) -> Iterator[MemberReport]:
    members = {name: value for name, value in step.raw.items() if name != "Arguments"}
    spec = STEP_SPECS.get(step.type)
    table = TABLES.get(spec.operation or "") if spec else None
    arguments_reports = reports(table, step.arguments) if table else ()
    for prefix, inner_reports in ((step.path, reports(STEP, members)), (f"{step.path}.Arguments", arguments_reports)):
        yield from (report._replace(path=f"{prefix}.{report.path}") for report in inner_reports)
