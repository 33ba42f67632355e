"""The containers of a model: started, asked whether they are well, and sent records one after the other.

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
#: How long a container may take to answer its first ping, and how long between two looks.
START_SECONDS, LOOK_SECONDS = 480.0, 0.02
STOP_SECONDS = 10.0
WORDS = 500  # of what a container says of a failure
TRANSIENT = (502, 503, 504)


@dataclass(frozen=True)
class Container:
    """One that listens: its address is HOST and ``port``. Connections are a thread's own, and stay open."""

    name: str
    port: int
    timeout: float
    retries: int
    _own: threading.local = field(default_factory=threading.local, repr=False)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body.

        Raises:
            OSError: nobody answers.
        """
        status, body, _ = self._request("GET", path, b"", {})
        self._own.connection.close()  # a server of one thread would wait for its next request, and answer no other
        return status, body

    def invoke(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """What the container makes of a request: a body and its content type.

        Raises:
            RecordError: it refuses the request, or does not answer; with its words.
        """
        headers = {"Content-Type": content_type} | ({"Accept": accept} if accept else {})
        for attempt in range(self.retries + 1):
            try:
                status, answer, kind = self._request("POST", "/invocations", body, headers)
            except (OSError, http.client.HTTPException) as error:
                status, answer, kind = 503, f"no answer: {error or type(error).__name__}".encode(), ""
            except ValueError as error:  # of a header
                raise RecordError(f"the request cannot be sent: {error}") from None
            if status not in TRANSIENT or attempt == self.retries:
                break
        if status >= 300:
            said = answer.decode("utf-8", errors="replace").strip()[:WORDS] or http.client.responses.get(status, "")
            raise RecordError(f"{self.name} answers {status}: {said}")
        return answer, kind

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
    started: Sequence[tuple[str, Program, Sandbox]], log: Path, timeout: float, retries: int
) -> Iterator[list[Container]]:
    """The containers, each listening; however this ends, they end.

    Args:
        started: name, program and sandbox of each.
        log: where their output goes.
        timeout: of a request, in seconds.
        retries: of a request that nobody answers.

    Raises:
        JobError: one ends before it listens.
    """
    processes: list[subprocess.Popen[bytes]] = []
    try:
        containers = []
        for name, program, sandbox in started:
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
    """What the container would have of a job, where the job does not say; nothing where it is not that kind."""
    try:
        status, body = container.get("/execution-parameters")
        found = json.loads(body) if status == 200 else {}
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        found = {}
    given = found if isinstance(found, dict) else {}
    return {name: given[name] for name, fits in _PARAMETERS.items() if fits(given.get(name))}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


#: What a container may say of itself -> whether a value is one.
_PARAMETERS: dict[str, Callable[[Any], bool]] = {
    "MaxConcurrentTransforms": _is_count,
    "MaxPayloadInMB": _is_count,
    "BatchStrategy": lambda value: isinstance(value, str),
}


def _wait_for(container: Container, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = (programs.last_lines(log) or ["it never answered /ping"])[-1]
            raise JobError(f"{container.name} ended with exit code {process.returncode}: {said[:WORDS]}")
        try:
            if container.get("/ping")[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(LOOK_SECONDS)
    raise JobError(f"{container.name} did not answer /ping within {START_SECONDS:.0f} s")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        return int(listening.getsockname()[1])


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Each container's whole process group: what it started ends with it."""
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
