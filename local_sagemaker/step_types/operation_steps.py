"""The step types that simply are an operation: create it, describe it until it has ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ValidationError
from local_sagemaker.operations import jobs, registry
from local_sagemaker.step_types.handler import Handler, Outcome, Request

ENDED = {"Completed": "Succeeded", "Failed": "Failed", "Stopped": "Stopped"}


def _job(
    fidelity: str, kind: str, create: Callable[..., Any], describe: Callable[..., Any], stop: Callable[..., Any]
) -> Handler:
    name = f"{kind}Name"

    def start(account: Account, request: Request) -> Outcome:
        arn = create(account, **request.arguments | {name: request.job_name})[f"{kind}Arn"]
        return Outcome("Executing", metadata={kind: {"Arn": arn}})

    def poll(account: Account, job_name: str) -> Outcome:
        response = describe(account, **{name: job_name})
        status = ENDED.get(response[f"{kind}Status"], "Executing")
        metadata = {kind: {"Arn": response[f"{kind}Arn"]}}
        return Outcome(status, response, metadata, response.get("FailureReason", ""))

    return Handler(fidelity, start, poll, lambda account, job_name: stop(account, **{name: job_name}))


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


ROWS = {
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
    "RegisterModel": Handler("recorded", _register_model),
}
