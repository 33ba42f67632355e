"""CloudWatch Logs: the logs of jobs, under the names of groups and streams that they have on AWS.

A job's log is ``<root>/jobs/<name>/<host>.log``; its stream is ``<name>/<host>``. A token is an offset in that file.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import IO, Any

from local_sagemaker import processes
from local_sagemaker.account import Account
from local_sagemaker.errors import ServiceError

SERVICE = "logs"
GROUPS = ("/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs")
EVENTS = 10_000  # of one answer
ANSWER_BYTES = 1 << 20
#: What is longer than an event may be is cut off.
LINE_BYTES = 256 << 10


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
    """GetLogEvents: one event a line; ``nextToken`` goes forward from where the last answer ended.

    The token that comes back is the one that was given once there is no more, as on AWS.
    """
    _check_group(logGroupName)
    path = _path(account, logStreamName)
    time = int(path.stat().st_mtime * 1000)
    is_whole = not processes.is_alive(path.with_name("lock"))
    with path.open("rb") as file:
        file.seek(int(nextToken) if nextToken else 0 if startFromHead else _tail(file, limit))
        lines = _lines(file, limit, is_whole)
        end = str(file.tell())
    events = [{"timestamp": time, "message": line, "ingestionTime": time} for line in lines]
    return {"events": events, "nextForwardToken": end, "nextBackwardToken": end}


def _lines(file: IO[bytes], limit: int, is_whole: bool) -> list[str]:
    """Lines from where the file stands; one that is still being written is left for the next answer."""
    lines: list[str] = []
    size, start = 0, file.tell()
    while len(lines) < limit and size < ANSWER_BYTES and (line := _line(file)):
        if not line.endswith(b"\n") and not is_whole:
            file.seek(start)
            break
        size, start = size + len(line), file.tell()
        lines.append(line.decode("utf-8", errors="replace").rstrip("\r\n"))
    return lines


def _line(file: IO[bytes]) -> bytes:
    """The next line, of a long one the beginning; b"" at the end."""
    line = file.readline(LINE_BYTES)
    if len(line) < LINE_BYTES or line.endswith(b"\n"):
        return line
    while (rest := file.readline(LINE_BYTES)) and not rest.endswith(b"\n"):
        pass
    return line[:-1] + b"\n" if rest else line


def _tail(file: IO[bytes], count: int) -> int:
    """Where the last lines begin."""
    starts: deque[int] = deque([0], maxlen=count + 1)
    while _line(file):
        starts.append(file.tell())
    return starts[0]


def _check_group(name: str) -> None:
    if name not in GROUPS:
        raise ServiceError(f"the log group {name!r} does not exist; there are: {', '.join(GROUPS)}", "ResourceNotFound")


def _path(account: Account, stream: str) -> Path:
    job, _, host = stream.partition("/")
    path = account.root / "jobs" / Path(job).name / f"{Path(host).name}.log"
    if not path.is_file():
        raise ServiceError(f"the log stream {stream!r} does not exist", "ResourceNotFound")
    return path
