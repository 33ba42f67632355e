"""The step types that simply are an operation: create it, describe it until it has ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ValidationError
from local_sagemaker.operations import jobs, models, registry, tuning
from local_sagemaker.step_types.handler import Handler, Outcome, Request

TUNING_JOB, TUNING_SHOWN = "HyperParameterTuningJob", "TuningJob"
TOP_JOBS = 50  # that the service keeps of a tuning step
ENDED = {"Completed": "Succeeded", "Failed": "Failed", "Stopped": "Stopped"}


def start_operation(
    account: Account, request: Request, kind: str, create: Callable[..., Any], shown: str | None = None
) -> Outcome:
    """A step whose job has been created.

    ``kind`` is what SageMaker calls the job, e.g. ProcessingJob, and ``shown`` what the step's metadata call it, where
    that is something else.
    """
    arn = create(account, **request.arguments | {f"{kind}Name": request.job_name})[f"{kind}Arn"]
    return Outcome("Executing", metadata={shown or kind: {"Arn": arn}})


def poll_operation(
    account: Account, job_name: str, kind: str, describe: Callable[..., Any], shown: str | None = None
) -> Outcome:
    """How a step stands whose job is described so."""
    response = describe(account, **{f"{kind}Name": job_name})
    status = ENDED.get(response[f"{kind}Status"], "Executing")
    return Outcome(
        status, response, {shown or kind: {"Arn": response[f"{kind}Arn"]}}, response.get("FailureReason", "")
    )


def _job(
    fidelity: str, kind: str, create: Callable[..., Any], describe: Callable[..., Any], stop: Callable[..., Any]
) -> Handler:
    return Handler(
        fidelity,
        lambda account, request: start_operation(account, request, kind, create),
        lambda account, job_name: poll_operation(account, job_name, kind, describe),
        lambda account, job_name: stop(account, **{f"{kind}Name": job_name}),
    )


def _tuned(account: Account, job_name: str) -> Outcome:
    """How a tuning job stands; its training jobs, the best first, are properties of the step too."""
    outcome = poll_operation(account, job_name, TUNING_JOB, tuning.describe_hyper_parameter_tuning_job, TUNING_SHOWN)
    found = tuning.list_training_jobs_for_hyper_parameter_tuning_job(
        account, HyperParameterTuningJobName=job_name, SortBy="FinalObjectiveMetricValue", MaxResults=TOP_JOBS
    )
    return replace(outcome, properties=outcome.properties | {"TrainingJobSummaries": found["TrainingJobSummaries"]})


def _tune(account: Account, request: Request) -> Outcome:
    return start_operation(account, request, TUNING_JOB, tuning.create_hyper_parameter_tuning_job, TUNING_SHOWN)


def _register_model(account: Account, request: Request) -> Outcome:
    """A version in the model package group; the service makes a group that is not there."""
    group = str(request.arguments.get("ModelPackageGroupName") or "").rsplit("/", 1)[-1]
    if not group:
        raise ValidationError("RegisterModel needs a ModelPackageGroupName: here a model package is a group's version")
    with suppress(ValidationError):  # it exists, which is all that is asked
        registry.create_model_package_group(account, ModelPackageGroupName=group)
    arn = registry.create_model_package(account, **request.arguments, ClientToken=request.token)["ModelPackageArn"]
    properties = registry.describe_model_package(account, ModelPackageName=arn)
    return Outcome("Succeeded", properties, {"RegisterModel": {"Arn": arn}})


def _create_model(account: Account, request: Request) -> Outcome:
    """A model of the name that a job of the step would have."""
    arn = models.create_model(account, **request.arguments | {"ModelName": request.job_name})["ModelArn"]
    properties = models.describe_model(account, ModelName=request.job_name)
    return Outcome("Succeeded", properties, {"Model": {"Arn": arn}})


ROWS = {
    "Model": Handler("recorded", _create_model),
    "Processing": _job(
        "executed",
        "ProcessingJob",
        jobs.create_processing_job,
        jobs.describe_processing_job,
        jobs.stop_processing_job,
    ),
    "Training": _job(
        "emulated",
        "TrainingJob",
        jobs.create_training_job,
        jobs.describe_training_job,
        jobs.stop_training_job,
    ),
    "Transform": _job(
        "emulated",
        "TransformJob",
        jobs.create_transform_job,
        jobs.describe_transform_job,
        jobs.stop_transform_job,
    ),
    "RegisterModel": Handler("recorded", _register_model),
    "Tuning": Handler(
        "emulated",
        _tune,
        _tuned,
        lambda account, name: tuning.stop_hyper_parameter_tuning_job(account, HyperParameterTuningJobName=name),
        name_length=32,
    ),
}
