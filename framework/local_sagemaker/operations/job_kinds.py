"""Implements what all kinds of jobs share: a record, a folder, and one detached process that runs the job to its
end.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from local_sagemaker import processes
from local_sagemaker.account import Account
from local_sagemaker.errors import NotFoundError, RootError, ServiceError
from local_sagemaker.operations.listing import CREATION_TIMES, MODIFICATION_TIMES, PAGES, listing

#: What the List operations of all kinds take.
QUERY = f"NameContains StatusEquals {CREATION_TIMES} {MODIFICATION_TIMES} {PAGES}"
RUNNING = ("InProgress", "Stopping")


class JobKind(NamedTuple):
    """Describes one kind of job by SageMaker's names for it. ``record_kind`` is its records' kind in the store."""

    record_kind: str
    resource: str
    name: str
    arn: str
    status: str
    summaries: str
    module: str = "local_sagemaker.jobs"  # runs the job


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


def create(account: Account, job_kind: JobKind, request: dict[str, Any]) -> dict[str, Any]:
    """Create a job that starts at once; return its ARN, as the operation does."""
    name, now = request[job_kind.name], account.now()
    document = request | {
        job_kind.arn: account.arn(f"{job_kind.resource}/{name}"),
        job_kind.status: "InProgress",
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
        account.store.insert(job_kind.record_kind, name, document)
        account.start(job_kind.module, [str(account.root), job_kind.record_kind, name], lock, folder / "job.log")
    return {job_kind.arn: document[job_kind.arn]}


def describe(account: Account, job_kind: JobKind, name: str) -> dict[str, Any]:
    """Return a job's record; mark the job as failed if its process died."""
    document = _job(account, job_kind, name)
    lock = _folder(account, name) / "lock"
    if document[job_kind.status] not in RUNNING or processes.is_alive(lock):
        return document
    document = _job(account, job_kind, name)  # it may have ended normally since the first look
    if document[job_kind.status] not in RUNNING:
        return document
    reason = f"InternalServerError: the job's process ended before the job did; see {lock.with_name('job.log')}"
    changes = {job_kind.status: "Failed", "FailureReason": reason, "LastModifiedTime": account.now()}
    with suppress(RootError):  # a root that cannot be written to can be looked at
        return account.store.update(job_kind.record_kind, name, changes)
    return document | changes


def list_jobs(account: Account, job_kind: JobKind, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of the jobs of a kind."""
    jobs = [describe(account, job_kind, job[job_kind.name]) for job in account.store.list(job_kind.record_kind)]
    return listing(job_kind.summaries, jobs, query, name=job_kind.name, status=job_kind.status)


def stop(account: Account, job_kind: JobKind, name: str) -> dict[str, Any]:
    """Set a stop request that the job's process polls; it sends the program SIGTERM, then SIGKILL."""
    describe(account, job_kind, name)
    with account.store.transaction() as records:  # the job may have ended by now; then its status stays
        if (records.get(job_kind.record_kind, name) or {}).get(job_kind.status) == RUNNING[0]:
            records.update(job_kind.record_kind, name, {job_kind.status: "Stopping", "LastModifiedTime": account.now()})
    return {}


def delete(account: Account, job_kind: JobKind, name: str) -> dict[str, Any]:
    """Delete a job's record and folder. What it wrote to S3 stays."""
    status = describe(account, job_kind, name)[job_kind.status]
    if status in RUNNING:
        raise ServiceError(f"the job {name!r} is {status}; stop it first", "ResourceInUse")
    with account.store.transaction() as records:
        records.delete(job_kind.record_kind, name)
    shutil.rmtree(_folder(account, name), ignore_errors=True)
    return {}


def _job(account: Account, job_kind: JobKind, name: str) -> dict[str, Any]:
    document = account.store.get(job_kind.record_kind, name)
    if document is None:
        raise NotFoundError(f"Could not find requested job with name: {name}")
    return document


def _folder(account: Account, name: str) -> Path:
    return account.root / "jobs" / name
