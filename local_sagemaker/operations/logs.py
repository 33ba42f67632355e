"""CloudWatch Logs: the logs of jobs, under the names of groups and streams that they have on AWS.

A job's log is ``<root>/jobs/<name>/<host>.log``; its stream is ``<name>/<host>``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ServiceError

SERVICE = "logs"
GROUPS = ("/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs")
EVENTS = 10_000


def describe_log_streams(
    account: Account, *, logGroupName: str, logStreamNamePrefix: str = "", **order: Any
) -> dict[str, Any]:
    """DescribeLogStreams of one job: the prefix begins with its name."""
    _check_group(logGroupName)
    job = logStreamNamePrefix.partition("/")[0]
    folder = account.root / "jobs" / job
    names = [f"{job}/{path.stem}" for path in sorted(folder.glob("algo-*.log"))] if job else []
    return {"logStreams": [{"logStreamName": n} for n in names if n.startswith(logStreamNamePrefix)]}


def get_log_events(
    account: Account,
    *,
    logGroupName: str,
    logStreamName: str,
    limit: int = EVENTS,
    startFromHead: bool = False,
    nextToken: str = "",
) -> dict[str, Any]:
    """GetLogEvents: one event a line; ``nextToken`` goes forward from where the last answer ended."""
    _check_group(logGroupName)
    path = _path(account, logStreamName)
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    start = int(nextToken or (0 if startFromHead else max(0, len(lines) - limit)))
    time = int(path.stat().st_mtime * 1000)
    events = [{"timestamp": time, "message": m, "ingestionTime": time} for m in lines[start : start + limit]]
    end = str(start + len(events))
    return {"events": events, "nextForwardToken": end, "nextBackwardToken": end}


def _check_group(name: str) -> None:
    if name not in GROUPS:
        raise ServiceError(f"the log group {name!r} does not exist; there are: {', '.join(GROUPS)}", "ResourceNotFound")


def _path(account: Account, stream: str) -> Path:
    job, _, host = stream.partition("/")
    path = account.root / "jobs" / Path(job).name / f"{Path(host).name}.log"
    if not path.is_file():
        raise ServiceError(f"the log stream {stream!r} does not exist", "ResourceNotFound")
    return path
