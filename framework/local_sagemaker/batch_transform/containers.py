"""Starts the containers of a model, waits for their /ping, and sends them records.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html#your-algorithms-batch-code-how-containe-serves-requests
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local_sagemaker.batch_transform.records import RecordError
from local_sagemaker.errors import JobError
from local_sagemaker.sandbox import programs
from local_sagemaker.sandbox.folders import Sandbox
from local_sagemaker.sandbox.programs import Program

HOST = "127.0.0.1"
#: How long a container may take to answer its first ping, and the time between two pings.
START_SECONDS, PING_SECONDS = 480.0, 0.02
STOP_SECONDS = 10.0
MAX_MESSAGE_CHARACTERS = 500  # of a container's error message
TRANSIENT_STATUSES = (502, 503, 504)


@dataclass(frozen=True)
class Container:
    """A running container, which listens at HOST and ``port``. Each thread has its own connection, which stays open."""

    name: str
    port: int
    timeout: float
    retries: int
    _own: threading.local = field(default_factory=threading.local, repr=False)

    def get(self, path: str) -> tuple[int, bytes]:
        """Send a GET request; return status and body.

        Raises:
            OSError: the container does not answer.
        """
        status, body, _ = self._request("GET", path, b"", {})
        self._own.connection.close()  # else a single-threaded server would wait for the next request on it
        return status, body

    def invoke(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Send a request to /invocations; return the answer's body and content type.

        Raises:
            RecordError: the container rejects the request or does not answer; includes the container's message.
        """
        headers = {"Content-Type": content_type} | ({"Accept": accept} if accept else {})
        for attempt in range(self.retries + 1):
            try:
                status, answer, answer_type = self._request("POST", "/invocations", body, headers)
            except (OSError, http.client.HTTPException) as error:
                status, answer, answer_type = 503, f"no answer: {error or type(error).__name__}".encode(), ""
            except ValueError as error:  # an invalid header
                raise RecordError(f"the request cannot be sent: {error}") from None
            if status not in TRANSIENT_STATUSES or attempt == self.retries:
                break
        if status >= 300:
            message = answer.decode("utf-8", errors="replace").strip()[:MAX_MESSAGE_CHARACTERS]
            raise RecordError(f"{self.name} returned {status}: {message or http.client.responses.get(status, '')}")
        return answer, answer_type

    def _request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(HOST, self.port, timeout=self.timeout)
        connection = self._own.connection
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.read(), response.getheader("Content-Type") or ""
        except (OSError, http.client.HTTPException):
            connection.close()
            raise


@contextmanager
def serve_containers(
    launches: Sequence[tuple[str, Program, Sandbox]], log: Path, timeout: float, retries: int
) -> Iterator[list[Container]]:
    """Start the containers and yield them when all listen; end them however the block ends.

    Args:
        launches: name, program and sandbox of each container.
        log: the file for their output.
        timeout: the timeout of a request, in seconds.
        retries: how often an unanswered request is sent again.

    Raises:
        JobError: a container ends before it listens.
    """
    processes: list[subprocess.Popen[bytes]] = []
    try:
        containers = []
        for name, program, sandbox in launches:
            port = _free_port()
            bound = replace(program, environment={**program.environment, "SAGEMAKER_BIND_TO_PORT": str(port)})
            processes.append(programs.start(bound, sandbox, log))
            containers.append(Container(name, port, timeout, retries))
        for container, process in zip(containers, processes, strict=True):
            _wait_for(container, process, log)
        yield containers
    finally:
        _end(processes)


def execution_parameters(container: Container) -> dict[str, Any]:
    """Return the container's preferred settings for jobs that leave them open; empty if it has none."""
    try:
        status, body = container.get("/execution-parameters")
        document = json.loads(body) if status == 200 else {}
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        document = {}
    parameters = document if isinstance(document, dict) else {}
    return {name: parameters[name] for name, is_valid in _PARAMETERS.items() if is_valid(parameters.get(name))}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


#: Execution parameter -> check of its value.
_PARAMETERS: dict[str, Callable[[Any], bool]] = {
    "MaxConcurrentTransforms": _is_count,
    "MaxPayloadInMB": _is_count,
    "BatchStrategy": lambda value: isinstance(value, str),
}


def _wait_for(container: Container, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            message = (programs.last_lines(log) or ["it never answered /ping"])[-1]
            raise JobError(
                f"{container.name} ended with exit code {process.returncode}: {message[:MAX_MESSAGE_CHARACTERS]}"
            )
        try:
            if container.get("/ping")[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(PING_SECONDS)
    raise JobError(f"{container.name} did not answer /ping within {START_SECONDS:.0f} s")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End each container's whole process group, so that its child processes end, too."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
