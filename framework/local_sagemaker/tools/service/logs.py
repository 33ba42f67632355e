"""Reads the logs of an execution's jobs from CloudWatch Logs, or from its local counterpart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing

from botocore.exceptions import ClientError

LAST_LINES = 12
LINE_CHARACTERS = 300


class JobLog:
    """The log of one job, which has a stream for each instance; reading continues after the last line read."""

    def __init__(self, client: Any, group: str, job: str):
        self._client, self._group, self._job = client, group, job
        self._tokens: dict[str, str] = {}

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """Yield (host, line) for each line since the last call; nothing as long as there is no log."""
        for stream in self._streams():
            yield from ((stream.rpartition("/")[2], line) for line in self._read(stream))

    def last_lines(self, count: int = LAST_LINES) -> list[str]:
        """Return the last lines of the first stream, shortened and printable."""
        for stream in self._streams()[:1]:
            events = self._client.get_log_events(logGroupName=self._group, logStreamName=stream, limit=count)["events"]
            return [shorten(event["message"]) for event in events]
        return []

    def _streams(self) -> list[str]:
        try:
            response = self._client.describe_log_streams(logGroupName=self._group, logStreamNamePrefix=f"{self._job}/")
        except ClientError as error:
            # The log group is created with the account's first job of that kind.
            if is_missing(error):
                return []
            raise
        return [stream["logStreamName"] for stream in response["logStreams"]]

    def _read(self, stream: str) -> Iterator[str]:
        """Yield the new lines of a stream.

        The last page is the one whose next token equals the token of the request: for now, there are no more lines.
        """
        while True:
            token = self._tokens.get(stream)
            request = {"nextToken": token} if token else {"startFromHead": True}
            page = self._client.get_log_events(logGroupName=self._group, logStreamName=stream, **request)
            yield from (event["message"] for event in page["events"])
            self._tokens[stream] = page["nextForwardToken"]
            if page["nextForwardToken"] == token:
                return


def printable(line: str) -> str:
    """Return a line without control characters, so that it cannot take over the terminal."""
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)


def shorten(line: str) -> str:
    """Return a printable line of limited length."""
    return printable(line[:LINE_CHARACTERS]) + ("..." if len(line) > LINE_CHARACTERS else "")
