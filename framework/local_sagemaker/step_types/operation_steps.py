"""Runs the step types that are a single operation: create a resource or job, and describe it until it has ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.arns import own_name
from local_sagemaker.errors import ValidationError
from local_sagemaker.operations import call, jobs, models, registry, tuning
from local_sagemaker.step_types.handler import Handler, Outcome, Request

TUNING_JOB, TUNING_METADATA = "HyperParameterTuningJob", "TuningJob"
_CLIENT_ERROR = "ClientError: "
_OWN_PREFIXES = (_CLIENT_ERROR, "InternalServerError: ")
TOP_JOBS = 50  # how many training jobs of a tuning step the service lists in the step's properties
STEP_STATUSES = {"Completed": "Succeeded", "Failed": "Failed", "Stopped": "Stopped"}


def start_operation(
    account: Account, request: Request, job_kind: str, create: str, metadata_name: str | None = None
) -> Outcome:
    """Create the step's job; return the step's outcome.

    Args:
        account: the account that it runs in.
        request: the step's.
        job_kind: SageMaker's name for the job, e.g. ProcessingJob.
        create: the name of the operation that creates it.
        metadata_name: the job's name in the step's metadata, if it differs.
    """
    arn = _call(account, create, request.arguments | {f"{job_kind}Name": request.job_name})[f"{job_kind}Arn"]
    return Outcome("Executing", metadata={metadata_name or job_kind: {"Arn": arn}})


def _call(account: Account, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Call an operation of SageMaker, whose checks now see the values that steps have returned."""
    return call(account, "sagemaker", operation, request)


def poll_operation(
    account: Account, job_name: str, job_kind: str, describe: Callable[..., Any], metadata_name: str | None = None
) -> Outcome:
    """Describe the step's job; return the step's outcome."""
    response = describe(account, **{f"{job_kind}Name": job_name})
    status = STEP_STATUSES.get(response[f"{job_kind}Status"], "Executing")
    return Outcome(
        status,
        response,
        {metadata_name or job_kind: {"Arn": response[f"{job_kind}Arn"]}},
        _failure_reason(response),
    )


def _failure_reason(response: dict[str, Any]) -> str:
    """Return why a step failed: its job's FailureReason and, of a processing job, the message that its program wrote.

    AWS puts ``ClientError: `` before a job's reason (aws/sagemaker-python-sdk, integration tests of pipelines).
    """
    reason, message = response.get("FailureReason", ""), response.get("ExitMessage", "")
    if reason and message and message.removeprefix("error: ") not in reason:
        reason = f"{reason}; {message}"
    return reason if not reason or reason.startswith(_OWN_PREFIXES) else f"{_CLIENT_ERROR}{reason}"


def _job_handler(
    fidelity: str, job_kind: str, create: str, describe: Callable[..., Any], stop: Callable[..., Any]
) -> Handler:
    return Handler(
        fidelity,
        lambda account, request: start_operation(account, request, job_kind, create),
        lambda account, job_name: poll_operation(account, job_name, job_kind, describe),
        lambda account, job_name: stop(account, **{f"{job_kind}Name": job_name}),
    )


def _poll_tuning(account: Account, job_name: str) -> Outcome:
    """Return the outcome of a tuning job; its training jobs, the best first, are properties of the step too."""
    outcome = poll_operation(account, job_name, TUNING_JOB, tuning.describe_hyper_parameter_tuning_job, TUNING_METADATA)
    summaries = tuning.list_training_jobs_for_hyper_parameter_tuning_job(
        account, HyperParameterTuningJobName=job_name, SortBy="FinalObjectiveMetricValue", MaxResults=TOP_JOBS
    )
    return replace(outcome, properties=outcome.properties | {"TrainingJobSummaries": summaries["TrainingJobSummaries"]})


def _start_tuning(account: Account, request: Request) -> Outcome:
    return start_operation(account, request, TUNING_JOB, "create_hyper_parameter_tuning_job", TUNING_METADATA)


def _register_model(account: Account, request: Request) -> Outcome:
    """Register a version in the model package group, which is created if it does not exist, as on AWS."""
    if name := request.arguments.get("ModelPackageGroupName"):
        group = own_name(account, name, "model-package-group")
        with suppress(ValidationError):  # the group exists already
            registry.create_model_package_group(account, ModelPackageGroupName=group)
    arn = _call(account, "create_model_package", request.arguments | {"ClientToken": request.token})["ModelPackageArn"]
    properties = registry.describe_model_package(account, ModelPackageName=arn)
    return Outcome("Succeeded", properties, {"RegisterModel": {"Arn": arn}})


def _create_model(account: Account, request: Request) -> Outcome:
    """Create a model; its name is the one that a job of the step would have."""
    arn = _call(account, "create_model", request.arguments | {"ModelName": request.job_name})["ModelArn"]
    properties = models.describe_model(account, ModelName=request.job_name)
    return Outcome("Succeeded", properties, {"Model": {"Arn": arn}})


HANDLERS = {
    "Model": Handler("recorded", _create_model),
    "Processing": _job_handler(
        "executed",
        "ProcessingJob",
        "create_processing_job",
        jobs.describe_processing_job,
        jobs.stop_processing_job,
    ),
    "Training": _job_handler(
        "emulated",
        "TrainingJob",
        "create_training_job",
        jobs.describe_training_job,
        jobs.stop_training_job,
    ),
    "Transform": _job_handler(
        "emulated",
        "TransformJob",
        "create_transform_job",
        jobs.describe_transform_job,
        jobs.stop_transform_job,
    ),
    "RegisterModel": Handler("recorded", _register_model),
    "Tuning": Handler(
        "emulated",
        _start_tuning,
        _poll_tuning,
        lambda account, name: tuning.stop_hyper_parameter_tuning_job(account, HyperParameterTuningJobName=name),
        name_length=32,
    ),
}
