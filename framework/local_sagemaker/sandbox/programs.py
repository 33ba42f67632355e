"""Runs a container's program as a process with a log file, and stops it at a stop request or at its time limit."""

from __future__ import annotations

import ctypes
import os
import re
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

#: Seconds from SIGTERM to SIGKILL.
#: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
GRACE_SECONDS = 120.0
#: Seconds between two polls for a stop request.
REQUEST_SECONDS = 0.25
PR_SET_PDEATHSIG = 1
TAIL_BYTES = 4096
VIRTUAL_ENVIRONMENT = "python"
#: As XGBoost appends it to its errors.
_NATIVE_STACK = re.compile(r"\s*(\[bt\]|Stack trace:)")
_PYTHONS = ("python", "python3", "/usr/bin/python3", "/miniconda3/bin/python")


@dataclass(frozen=True)
class Program:
    """A command with its environment, the Python that runs it, and what it can reach on this machine."""

    command: Sequence[str]
    environment: Mapping[str, str]
    python: Interpreter
    reach: Reach

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Program:
        """Return the program that ``dataclasses.asdict`` turned into a JSON document."""
        python, reach = Interpreter(**document["python"]), Reach(**document["reach"])
        return cls(document["command"], document["environment"], python, reach)


def run(
    programs: Iterable[tuple[Program, Sandbox, Path]], should_stop: Callable[[], bool], max_seconds: float | None
) -> tuple[list[int], str]:
    """Run each program in its sandbox with its log, all at once; see ``wait``. None of them outlives this call."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for program, sandbox, log in programs:
            processes.append(start(program, sandbox, log))
        return wait(processes, should_stop, max_seconds)
    finally:
        _send_signal(processes, signal.SIGKILL)


def start(program: Program, sandbox: Sandbox, log: Path) -> subprocess.Popen[bytes]:
    """Start the program in its sandbox; its output goes straight into ``log``."""
    has_namespace = namespace.is_available()
    localise: Callable[[str], str] = str if has_namespace else sandbox.rewrite
    command = [localise(argument) for argument in program.command]
    requested = {name: localise(value) for name, value in program.environment.items()}
    runtime = prepare(sandbox.folder, program.python, program.reach, requested, log)
    if command[0] in (*_PYTHONS, program.python.name):
        command[0] = runtime.python
    environment = {**runtime.environment, "SAGEMAKER_BASE_DIR": localise(str(BASE)), "PYTHONUNBUFFERED": "1"}
    if has_namespace:
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
                preexec_fn=partial(_prepare_child, sandbox.base if has_namespace else None),
            )
    except OSError as error:
        raise JobError(f"ClientError: cannot run {command[0]!r}: {error.strerror}") from None


def prepare(folder: Path, python: Interpreter, reach: Reach, requested: Mapping[str, str], log: Path) -> Runtime:
    """Make the virtual environment and the home folder of foreign code; return its runtime.

    Args:
        folder: the folder to make both in.
        python: the interpreter that has the packages.
        reach: of the code.
        requested: environment variables that its request gives.
        log: the log that names the variables that are left out.
    """
    virtual_environment = folder / VIRTUAL_ENVIRONMENT
    interpreter = interpreters.make_environment(python, virtual_environment, reach.at_start)
    environment = program_environment(requested, folder / "home", reach.shared, log)
    return Runtime(str(interpreter), environment | interpreters.environment_variables(virtual_environment, environment))


def last_lines(log: Path, count: int = 20) -> list[str]:
    """Return the last lines of a log that are not empty, without those of a native stack."""
    if not log.is_file():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    return [line for line in lines if line.strip() and not _NATIVE_STACK.match(line)][-count:]


def _prepare_child(base: Path | None) -> None:
    """Run in the child between fork and exec: mount a private /opt/ml, and die with the parent.

    https://man7.org/linux/man-pages/man2/pr_set_pdeathsig.2const.html
    """
    if base:
        namespace.enter(base)
    if sys.platform == "linux":  # comes last, because entering a namespace undoes it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait(
    processes: Sequence[subprocess.Popen[bytes]], should_stop: Callable[[], bool], max_seconds: float | None
) -> tuple[list[int], str]:
    """Wait for all; return exit codes and the reason to stop them: "" (none), "Stopped" or "MaxRuntimeExceeded"."""
    start_time, stop_reason, term_time = time.monotonic(), "", 0.0
    ends = ProcessEnds(process.pid for process in processes if process.poll() is None)
    with closing(ends):
        while any(process.poll() is None for process in processes):
            ends.wait(REQUEST_SECONDS)
            if not stop_reason and (stop_reason := _stop_reason(start_time, should_stop, max_seconds)):
                _send_signal(processes, signal.SIGTERM)
                term_time = time.monotonic()
            if stop_reason and time.monotonic() - term_time > GRACE_SECONDS:
                _send_signal(processes, signal.SIGKILL)
    return [process.returncode for process in processes], stop_reason


def _stop_reason(start_time: float, should_stop: Callable[[], bool], max_seconds: float | None) -> str:
    if should_stop():
        return "Stopped"
    return "MaxRuntimeExceeded" if max_seconds and time.monotonic() - start_time > max_seconds else ""


def _send_signal(processes: Sequence[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    """Signal each program's whole process group, so that the processes that it started end with it."""
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, number)
