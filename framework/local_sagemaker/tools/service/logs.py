"""The logs of an execution's jobs, from CloudWatch Logs or what stands for it on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing

from botocore.exceptions import ClientError

LAST_LINES = 12
LINE_CHARACTERS = 300


class JobLog:
    """The log of one job, read on from where it was read before; one stream for each of its instances."""

    def __init__(self, client: Any, group: str, job: str):
        self._client, self._group, self._job = client, group, job
        self._tokens: dict[str, str] = {}

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """(host, line) of what has come since the last look; nothing as long as there is no log."""
        for stream in self._streams():
            yield from ((stream.rpartition("/")[2], line) for line in self._read(stream))

    def last_lines(self, count: int = LAST_LINES) -> list[str]:
        """The last lines of the first stream, fit for a terminal."""
        for stream in self._streams()[:1]:
            events = self._client.get_log_events(logGroupName=self._group, logStreamName=stream, limit=count)["events"]
            return [shortened(event["message"]) for event in events]
        return []

    def _streams(self) -> list[str]:
        try:
            found = self._client.describe_log_streams(logGroupName=self._group, logStreamNamePrefix=f"{self._job}/")
        except ClientError as error:
            # The group comes to be with the account's first job of that kind.
            if is_missing(error):
                return []
            raise
        return [stream["logStreamName"] for stream in found["logStreams"]]

    def _read(self, stream: str) -> Iterator[str]:
        """Pages until the token that comes back is the one that was given: there is no more for now."""
        while True:
            token = self._tokens.get(stream)
            request = {"nextToken": token} if token else {"startFromHead": True}
            page = self._client.get_log_events(logGroupName=self._group, logStreamName=stream, **request)
            yield from (event["message"] for event in page["events"])
            self._tokens[stream] = page["nextForwardToken"]
            if page["nextForwardToken"] == token:
                return


def printable(line: str) -> str:
    """A line without control characters: it cannot take over the terminal."""
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)


def shortened(line: str) -> str:
    """The same, and not of any length."""
    return printable(line[:LINE_CHARACTERS]) + ("..." if len(line) > LINE_CHARACTERS else "")
