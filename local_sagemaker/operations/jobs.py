"""Processing, training and transform jobs: create, describe, list, stop, delete. Each is one detached process."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from local_sagemaker import processes
from local_sagemaker.account import Account
from local_sagemaker.batch_transform.rules import problems as transform_problems
from local_sagemaker.errors import NotFoundError, ServiceError, ValidationError
from local_sagemaker.operations.listing import page
from local_sagemaker.operations.models import describe_model

SERVICE = "sagemaker"
RUNNING = ("InProgress", "Stopping")


class _Kind(NamedTuple):
    """How SageMaker names the members of one kind of job."""

    kind: str
    resource: str
    name: str
    arn: str
    status: str
    summaries: str


_PROCESSING = _Kind(
    "ProcessingJob", "processing-job", "ProcessingJobName", "ProcessingJobArn", "ProcessingJobStatus",
    "ProcessingJobSummaries",
)  # fmt: skip
_TRAINING = _Kind(
    "TrainingJob", "training-job", "TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "TrainingJobSummaries"
)
_TRANSFORM = _Kind(
    "TransformJob", "transform-job", "TransformJobName", "TransformJobArn", "TransformJobStatus",
    "TransformJobSummaries",
)  # fmt: skip


def create_processing_job(account: Account, **request: Any) -> dict[str, Any]:
    """CreateProcessingJob: starts at once."""
    return _create(account, _PROCESSING, request)


def describe_processing_job(account: Account, *, ProcessingJobName: str) -> dict[str, Any]:
    """DescribeProcessingJob."""
    return _describe(account, _PROCESSING, ProcessingJobName)


def list_processing_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """ListProcessingJobs."""
    return _list(account, _PROCESSING, **query)


def stop_processing_job(account: Account, *, ProcessingJobName: str) -> dict[str, Any]:
    """StopProcessingJob."""
    return _stop(account, _PROCESSING, ProcessingJobName)


def delete_processing_job(account: Account, *, ProcessingJobName: str) -> dict[str, Any]:
    """DeleteProcessingJob: its record and its folder; what it wrote to S3 stays."""
    return _delete(account, _PROCESSING, ProcessingJobName)


def create_training_job(account: Account, **request: Any) -> dict[str, Any]:
    """CreateTrainingJob: starts at once."""
    return _create(account, _TRAINING, request | {"SecondaryStatus": "Starting"})


def describe_training_job(account: Account, *, TrainingJobName: str) -> dict[str, Any]:
    """DescribeTrainingJob."""
    return _describe(account, _TRAINING, TrainingJobName)


def list_training_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """ListTrainingJobs."""
    return _list(account, _TRAINING, **query)


def stop_training_job(account: Account, *, TrainingJobName: str) -> dict[str, Any]:
    """StopTrainingJob."""
    return _stop(account, _TRAINING, TrainingJobName)


def delete_training_job(account: Account, *, TrainingJobName: str) -> dict[str, Any]:
    """DeleteTrainingJob: its record and its folder; what it wrote to S3 stays."""
    return _delete(account, _TRAINING, TrainingJobName)


def create_transform_job(account: Account, **request: Any) -> dict[str, Any]:
    """CreateTransformJob: starts at once, with a model that is there."""
    describe_model(account, ModelName=request["ModelName"])
    if problem := next(transform_problems(request), None):
        raise ValidationError(problem)
    return _create(account, _TRANSFORM, request)


def describe_transform_job(account: Account, *, TransformJobName: str) -> dict[str, Any]:
    """DescribeTransformJob."""
    return _describe(account, _TRANSFORM, TransformJobName)


def list_transform_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """ListTransformJobs."""
    return _list(account, _TRANSFORM, **query)


def stop_transform_job(account: Account, *, TransformJobName: str) -> dict[str, Any]:
    """StopTransformJob."""
    return _stop(account, _TRANSFORM, TransformJobName)


def _create(account: Account, kind: _Kind, request: dict[str, Any]) -> dict[str, Any]:
    name, now = request[kind.name], account.now()
    document = request | {
        kind.arn: account.arn(f"{kind.resource}/{name}"),
        kind.status: "InProgress",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    folder = _folder(account, name)
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise ServiceError(f"a job named {name!r} exists already; job names are unique", "ResourceInUse") from None
    folder.joinpath("request.json").write_text(json.dumps(request, indent=2), encoding="utf-8")
    with processes.claimed(folder / "lock") as lock:
        account.store.insert(kind.kind, name, document)
        processes.start("local_sagemaker.jobs", [str(account.root), kind.kind, name], lock, folder / "job.log")
    return {kind.arn: document[kind.arn]}


def _describe(account: Account, kind: _Kind, name: str) -> dict[str, Any]:
    document = _job(account, kind, name)
    lock = _folder(account, name) / "lock"
    if document[kind.status] not in RUNNING or processes.is_alive(lock):
        return document
    document = _job(account, kind, name)  # it may have ended well between the two looks
    if document[kind.status] not in RUNNING:
        return document
    reason = f"InternalServerError: the job's process ended before the job did; see {lock.with_name('job.log')}"
    failed = {kind.status: "Failed", "FailureReason": reason, "LastModifiedTime": account.now()}
    return account.store.update(kind.kind, name, failed)


def _list(
    account: Account,
    kind: _Kind,
    *,
    NameContains: str = "",
    StatusEquals: str = "",
    SortBy: str = "CreationTime",
    CreationTimeAfter: Any = None,
    CreationTimeBefore: Any = None,
    **pages: Any,
) -> dict[str, Any]:
    found = [
        job
        for job in (_describe(account, kind, j[kind.name]) for j in account.store.list(kind.kind))
        if NameContains in job[kind.name] and StatusEquals in ("", job[kind.status])
    ]
    sort = {"Name": kind.name, "Status": kind.status}.get(SortBy, "CreationTime")
    return page(
        kind.summaries,
        found,
        sort=lambda job: job[sort],
        CreatedAfter=CreationTimeAfter,
        CreatedBefore=CreationTimeBefore,
        **pages,
    )


def _stop(account: Account, kind: _Kind, name: str) -> dict[str, Any]:
    """A wish that the job's process reads: SIGTERM to the user's program, SIGKILL when that does not end it."""
    if _describe(account, kind, name)[kind.status] in RUNNING:
        account.store.update(kind.kind, name, {kind.status: "Stopping", "LastModifiedTime": account.now()})
    return {}


def _delete(account: Account, kind: _Kind, name: str) -> dict[str, Any]:
    status = _describe(account, kind, name)[kind.status]
    if status in RUNNING:
        raise ServiceError(f"the job {name!r} is {status}; stop it first", "ResourceInUse")
    with account.store.transaction() as records:
        records.delete(kind.kind, name)
    shutil.rmtree(_folder(account, name), ignore_errors=True)
    return {}


def _job(account: Account, kind: _Kind, name: str) -> dict[str, Any]:
    document = account.store.get(kind.kind, name)
    if document is None:
        raise NotFoundError(f"Could not find requested job with name: {name}")
    return document


def _folder(account: Account, name: str) -> Path:
    return account.root / "jobs" / name
