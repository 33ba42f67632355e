"""What all kinds of jobs have in common: a record, a folder, and one detached process that runs it to its end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from local_sagemaker import processes
from local_sagemaker.account import Account
from local_sagemaker.errors import NotFoundError, ServiceError
from local_sagemaker.operations.listing import page

RUNNING = ("InProgress", "Stopping")


class JobKind(NamedTuple):
    """How SageMaker names the members of one kind of job."""

    kind: str
    resource: str
    name: str
    arn: str
    status: str
    summaries: str
    module: str = "local_sagemaker.jobs"  # what runs it


PROCESSING = JobKind(
    "ProcessingJob", "processing-job", "ProcessingJobName", "ProcessingJobArn", "ProcessingJobStatus",
    "ProcessingJobSummaries",
)  # fmt: skip
TRAINING = JobKind(
    "TrainingJob", "training-job", "TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "TrainingJobSummaries"
)
TRANSFORM = JobKind(
    "TransformJob", "transform-job", "TransformJobName", "TransformJobArn", "TransformJobStatus",
    "TransformJobSummaries",
)  # fmt: skip


TUNING = JobKind(
    "HyperParameterTuningJob", "hyper-parameter-tuning-job", "HyperParameterTuningJobName",
    "HyperParameterTuningJobArn", "HyperParameterTuningJobStatus", "HyperParameterTuningJobSummaries",
    "local_sagemaker.tuning",
)  # fmt: skip


def create(account: Account, kind: JobKind, request: dict[str, Any]) -> dict[str, Any]:
    """A job of this request, which starts at once; its ARN, as the operation answers."""
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
    with processes.claim_lock(folder / "lock") as lock:
        account.store.insert(kind.kind, name, document)
        account.start(kind.module, [str(account.root), kind.kind, name], lock, folder / "job.log")
    return {kind.arn: document[kind.arn]}


def describe(account: Account, kind: JobKind, name: str) -> dict[str, Any]:
    """A job's record; one whose process died has failed."""
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


def list_jobs(
    account: Account,
    kind: JobKind,
    *,
    NameContains: str = "",
    StatusEquals: str = "",
    SortBy: str = "CreationTime",
    CreationTimeAfter: Any = None,
    CreationTimeBefore: Any = None,
    **pages: Any,
) -> dict[str, Any]:
    """A page of the jobs of a kind."""
    found = [
        job
        for job in (describe(account, kind, j[kind.name]) for j in account.store.list(kind.kind))
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


def stop(account: Account, kind: JobKind, name: str) -> dict[str, Any]:
    """A wish that the job's process reads: SIGTERM to the user's program, SIGKILL when that does not end it."""
    describe(account, kind, name)
    with account.store.transaction() as records:  # it may end at the same moment, and then has ended
        if (records.get(kind.kind, name) or {}).get(kind.status) == RUNNING[0]:
            records.update(kind.kind, name, {kind.status: "Stopping", "LastModifiedTime": account.now()})
    return {}


def delete(account: Account, kind: JobKind, name: str) -> dict[str, Any]:
    """Take away a job's record and its folder; what it wrote to S3 stays."""
    status = describe(account, kind, name)[kind.status]
    if status in RUNNING:
        raise ServiceError(f"the job {name!r} is {status}; stop it first", "ResourceInUse")
    with account.store.transaction() as records:
        records.delete(kind.kind, name)
    shutil.rmtree(_folder(account, name), ignore_errors=True)
    return {}


def _job(account: Account, kind: JobKind, name: str) -> dict[str, Any]:
    document = account.store.get(kind.kind, name)
    if document is None:
        raise NotFoundError(f"Could not find requested job with name: {name}")
    return document


def _folder(account: Account, name: str) -> Path:
    return account.root / "jobs" / name
