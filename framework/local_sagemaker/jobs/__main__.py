"""Runs one job that a record describes, and records its result."""

from __future__ import annotations

import json
import shutil
import sys
import traceback
from collections.abc import Callable
from typing import Any

from local_sagemaker.account import open_account
from local_sagemaker.errors import JobError, LocalSageMakerError
from local_sagemaker.jobs import processing, training, transform
from local_sagemaker.jobs.job import Job, Stopped
from local_sagemaker.sandbox.reach import STARTED_MARKER

RUN_JOB: dict[str, Callable[[Job], dict[str, Any]]] = {
    "ProcessingJob": processing.run,
    "TrainingJob": training.run,
    "TransformJob": transform.run,
}


def main(root: str, job_kind: str, name: str) -> int:
    """Run the job; return 0 if it completed, else 1."""
    account = open_account(root)
    document = account.store.get(job_kind, name) or {}
    job = Job(account, job_kind, name, document)
    status, changes = _run_to_end(job, RUN_JOB[job_kind])
    response = account.store.update(
        job_kind, name, changes | {f"{job_kind}Status": status, f"{_time_prefix(job_kind)}EndTime": account.now()}
    )
    job.folder.joinpath("response.json").write_text(json.dumps(response, indent=2), encoding="utf-8")
    if status == "Completed":
        _remove_sandboxes(job)
    return 0 if status == "Completed" else 1


def _run_to_end(job: Job, run: Callable[[Job], dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    try:
        return "Completed", run(job)
    except Stopped as stopped:
        return "Stopped", stopped.changes
    except JobError as error:
        print(error, file=sys.stderr)
        return "Failed", {**error.members, **_failure(str(error))}
    except LocalSageMakerError as error:
        print(error, file=sys.stderr)
        return "Failed", _failure(str(error))
    except Exception as error:  # noqa: BLE001  the process's outermost handler: the error goes into the record and the log
        traceback.print_exc()
        return "Failed", _failure(f"InternalServerError: {type(error).__name__}: {error}")


def _failure(reason: str) -> dict[str, Any]:
    return {"FailureReason": reason[:1024], "SecondaryStatus": "Failed"}


def _time_prefix(job_kind: str) -> str:
    return job_kind.removesuffix("Job")


def _remove_sandboxes(job: Job) -> None:
    """Remove the sandboxes, except the mount points that processes use which the program started through boto3."""
    in_use = job.folder.joinpath(STARTED_MARKER).exists()
    for sandbox in job.sandboxes:
        for folder in sandbox.contents() if in_use else [sandbox.folder]:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
