"""Run one job that a record describes, and write down how it ended."""

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
from local_sagemaker.sandbox.reach import HAS_STARTED

RUN: dict[str, Callable[[Job], dict[str, Any]]] = {
    "ProcessingJob": processing.run,
    "TrainingJob": training.run,
    "TransformJob": transform.run,
}


def main(root: str, kind: str, name: str) -> int:
    """Run the job; 0 when it completed."""
    account = open_account(root)
    document = account.store.get(kind, name) or {}
    job = Job(account, kind, name, document)
    status, changes = _outcome(job, RUN[kind])
    ended = account.store.update(
        kind, name, changes | {f"{kind}Status": status, f"{_time_prefix(kind)}EndTime": account.now()}
    )
    job.folder.joinpath("response.json").write_text(json.dumps(ended, indent=2), encoding="utf-8")
    if status == "Completed":
        _tidy(job)
    return 0 if status == "Completed" else 1


def _outcome(job: Job, run: Callable[[Job], dict[str, Any]]) -> tuple[str, dict[str, Any]]:
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
    except Exception as error:  # noqa: BLE001  the edge of the process: the record says what the log holds
        traceback.print_exc()
        return "Failed", _failure(f"InternalServerError: {type(error).__name__}: {error}")


def _failure(reason: str) -> dict[str, Any]:
    return {"FailureReason": reason[:1024], "SecondaryStatus": "Failed"}


def _time_prefix(kind: str) -> str:
    return kind.removesuffix("Job")


def _tidy(job: Job) -> None:
    """Remove the sandboxes; but not the mount points that processes have which the program has started by boto3."""
    in_use = job.folder.joinpath(HAS_STARTED).exists()
    for sandbox in job.sandboxes:
        for folder in sandbox.contents() if in_use else [sandbox.folder]:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
