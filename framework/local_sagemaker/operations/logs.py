"""CloudWatch Logs operations: the logs of jobs, under the group and stream names that they have on AWS.

A job's log is ``<root>/jobs/<name>/<host>.log``; its stream is ``<name>/<host>``. A token is an offset in that file.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import IO, Any

from local_sagemaker import processes
from local_sagemaker.account import Account
from local_sagemaker.definition.members.table import Table
from local_sagemaker.errors import ServiceError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import page

SERVICE = "logs"
GROUPS = ("/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs")
MAX_EVENTS = 10_000  # per answer
ANSWER_BYTES = 1 << 20
#: A longer line is truncated to this, the maximum of an event.
LINE_BYTES = 256 << 10
_BY_NAME = Table(refused={"logGroupIdentifier": "give logGroupName"})


@takes(_BY_NAME)
def describe_log_streams(
    account: Account,
    *,
    logGroupName: str,
    logStreamNamePrefix: str = "",
    orderBy: str = "LogStreamName",
    descending: bool = False,
    limit: int | None = None,
    nextToken: str | None = None,
) -> dict[str, Any]:
    """List the log streams of one job; the prefix begins with the job's name (DescribeLogStreams)."""
    _check_group(logGroupName)
    job = logStreamNamePrefix.partition("/")[0]
    paths = sorted((account.root / "jobs" / Path(job).name).glob("algo-*.log")) if job else []
    if orderBy == "LastEventTime":
        paths.sort(key=lambda path: path.stat().st_mtime_ns)
    names = (f"{job}/{path.stem}" for path in paths)
    streams = [{"logStreamName": name} for name in names if name.startswith(logStreamNamePrefix)]
    order = "Descending" if descending else "Ascending"
    answer = page("streams", streams, {"SortOrder": order, "MaxResults": limit, "NextToken": nextToken})
    return {"logStreams": answer["streams"], "nextToken": answer.get("NextToken")}


@takes(
    _BY_NAME
    | Table(
        recorded={"unmask": "no part of a log is masked"},
    )
)
def get_log_events(
    account: Account,
    *,
    logGroupName: str,
    logStreamName: str,
    limit: int = MAX_EVENTS,
    startFromHead: bool = False,
    nextToken: str = "",
    startTime: int = 0,
    endTime: int | None = None,
) -> dict[str, Any]:
    """Return log lines as events (GetLogEvents); the time of each is that of the last.

    ``nextToken`` continues after the previous answer's end. The returned token equals the request's once there is
    nothing more, as on AWS.
    """
    _check_group(logGroupName)
    path = _path(account, logStreamName)
    time = int(path.stat().st_mtime * 1000)
    is_complete = not processes.is_alive(path.with_name("lock"))
    with path.open("rb") as file:
        file.seek(int(nextToken) if nextToken else 0 if startFromHead else _tail(file, limit))
        lines = _lines(file, limit, is_complete)
        end = str(file.tell())
    is_in_range = startTime <= time and (endTime is None or time < endTime)
    events = [{"timestamp": time, "message": line, "ingestionTime": time} for line in lines if is_in_range]
    return {"events": events, "nextForwardToken": end, "nextBackwardToken": end}


def _lines(file: IO[bytes], limit: int, is_complete: bool) -> list[str]:
    """Return lines from the file's position on; leave a line that is still being written to the next answer."""
    lines: list[str] = []
    size, start = 0, file.tell()
    while len(lines) < limit and size < ANSWER_BYTES and (line := _line(file)):
        if not line.endswith(b"\n") and not is_complete:
            file.seek(start)
            break
        size, start = size + len(line), file.tell()
        lines.append(line.decode("utf-8", errors="replace").rstrip("\r\n"))
    return lines


def _line(file: IO[bytes]) -> bytes:
    """Return the next line, truncated if it is too long; b"" at the end."""
    line = file.readline(LINE_BYTES)
    if len(line) < LINE_BYTES or line.endswith(b"\n"):
        return line
    while (remainder := file.readline(LINE_BYTES)) and not remainder.endswith(b"\n"):
        pass
    return line[:-1] + b"\n" if remainder else line


def _tail(file: IO[bytes], count: int) -> int:
    """Return the offset of the last ``count`` lines."""
    starts: deque[int] = deque([0], maxlen=count + 1)
    while _line(file):
        starts.append(file.tell())
    return starts[0]


def _check_group(name: str) -> None:
    if name not in GROUPS:
        raise ServiceError(
            f"the log group {name!r} does not exist; the groups are: {', '.join(GROUPS)}", "ResourceNotFound"
        )


def _path(account: Account, stream: str) -> Path:
    job, _, host = stream.partition("/")
    path = account.root / "jobs" / Path(job).name / f"{Path(host).name}.log"
    if not path.is_file():
        raise ServiceError(f"the log stream {stream!r} does not exist", "ResourceNotFound")
    return path
