"""Run a container's program: a process of its own with a log file, stopped when asked or out of time."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from local_sagemaker.errors import JobError
from local_sagemaker.process_ends import ProcessEnds
from local_sagemaker.processes import Runtime
from local_sagemaker.sandbox import interpreters, namespace
from local_sagemaker.sandbox.environment import program_environment
from local_sagemaker.sandbox.folders import BASE, Sandbox
from local_sagemaker.sandbox.interpreters import Interpreter
from local_sagemaker.sandbox.reach import Reach

#: From SIGTERM to SIGKILL.
#: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
GRACE_SECONDS = 120.0
#: Between two looks whether somebody asks a program to stop.
REQUEST_SECONDS = 0.25
PR_SET_PDEATHSIG = 1
TAIL_BYTES = 4096
VIRTUAL_ENVIRONMENT = "python"
_PYTHONS = ("python", "python3", "/usr/bin/python3", "/miniconda3/bin/python")


@dataclass(frozen=True)
class Program:
    """What an image is asked to run, by which Python, and what it reaches of this machine."""

    command: Sequence[str]
    environment: Mapping[str, str]
    python: Interpreter
    reach: Reach

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Program:
        """Return the program that was written down as JSON, with ``dataclasses.asdict``."""
        python, reach = Interpreter(**document["python"]), Reach(**document["reach"])
        return cls(document["command"], document["environment"], python, reach)


def run(
    programs: Iterable[tuple[Program, Sandbox, Path]], should_stop: Callable[[], bool], max_seconds: float | None
) -> tuple[list[int], str]:
    """Run each program in its sandbox with its log, all at the same time; see ``wait``. However this ends, they end."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for program, sandbox, log in programs:
            processes.append(start(program, sandbox, log))
        return wait(processes, should_stop, max_seconds)
    finally:
        _signal(processes, signal.SIGKILL)


def start(program: Program, sandbox: Sandbox, log: Path) -> subprocess.Popen[bytes]:
    """Start the program in its sandbox; its output goes straight into ``log``."""
    has_own = namespace.is_available()
    here: Callable[[str], str] = str if has_own else sandbox.rewritten
    command = [here(word) for word in program.command]
    requested = {name: here(value) for name, value in program.environment.items()}
    runtime = prepare(sandbox.folder, program.python, program.reach, requested, log)
    if command[0] in (*_PYTHONS, program.python.name):
        command[0] = runtime.python
    environment = {**runtime.environment, "SAGEMAKER_BASE_DIR": here(str(BASE)), "PYTHONUNBUFFERED": "1"}
    if has_own:
        namespace.prepare(sandbox.base)
    try:
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=sandbox.make(str(BASE)),
                env=environment,
                start_new_session=True,
                preexec_fn=partial(_become, sandbox.base if has_own else None),
            )
    except OSError as error:
        raise JobError(f"ClientError: cannot run {command[0]!r}: {error.strerror}") from None


def prepare(folder: Path, python: Interpreter, reach: Reach, requested: Mapping[str, str], log: Path) -> Runtime:
    """Make the virtual environment and the home folder of code that is not ours; return what it is run by.

    Args:
        folder: in which both are made.
        python: has the packages.
        reach: of the code.
        requested: environment variables that its request gives.
        log: names those of them that are left out.
    """
    virtual_environment = folder / VIRTUAL_ENVIRONMENT
    interpreter = interpreters.make(python, virtual_environment, reach.at_start)
    environment = program_environment(requested, folder / "home", reach.shared, log)
    return Runtime(str(interpreter), environment | interpreters.variables(virtual_environment, environment))


def last_lines(log: Path, count: int = 20) -> list[str]:
    """The last lines of a log that are not empty."""
    if not log.is_file():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    return [line for line in lines if line.strip()][-count:]


def _become(base: Path | None) -> None:
    """In the program's process, before it becomes the program: its own /opt/ml, and an end with whoever started it.

    https://man7.org/linux/man-pages/man2/pr_set_pdeathsig.2const.html
    """
    if base:
        namespace.enter(base)
    if sys.platform == "linux":  # the last: entering a namespace undoes it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait(
    processes: Sequence[subprocess.Popen[bytes]], should_stop: Callable[[], bool], max_seconds: float | None
) -> tuple[list[int], str]:
    """Wait for all; exit codes, and why they were ended: "" (by themselves), "Stopped" or "MaxRuntimeExceeded"."""
    began, ended, term = time.monotonic(), "", 0.0
    ends = ProcessEnds(process.pid for process in processes if process.poll() is None)
    with closing(ends):
        while any(process.poll() is None for process in processes):
            ends.wait(REQUEST_SECONDS)
            if not ended and (ended := _reason_to_end(began, should_stop, max_seconds)):
                _signal(processes, signal.SIGTERM)
                term = time.monotonic()
            if ended and time.monotonic() - term > GRACE_SECONDS:
                _signal(processes, signal.SIGKILL)
    return [process.returncode for process in processes], ended


def _reason_to_end(began: float, should_stop: Callable[[], bool], max_seconds: float | None) -> str:
    if should_stop():
        return "Stopped"
    return "MaxRuntimeExceeded" if max_seconds and time.monotonic() - began > max_seconds else ""


def _signal(processes: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    """To each program's whole process group: what it started ends with it."""
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, number)
