"""Starts detached processes, and checks whether one is still alive.

A process holds an exclusive lock on a file for as long as it lives; the system releases it however the process ends,
kill -9 included. So any process can check, even in another container on the same file system, and no process id can be
mistaken for another's. https://man7.org/linux/man-pages/man2/flock.2.html
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, NamedTuple

from local_sagemaker.credentials import without_secrets
from local_sagemaker.errors import RootError
from local_sagemaker.process_ends import ProcessEnds

#: A process that has recorded its end exits within this time.
ENDING_SECONDS = 30.0
#: Modules that import no library that starts threads, so that they can run in a fork of an execution's process. Only on
#: Linux:
#: https://docs.python.org/3/library/os.html#os.fork
FORKED_MODULES = frozenset({"local_sagemaker.jobs"} if sys.platform == "linux" else ())


class Runtime(NamedTuple):
    """What runs a process: an interpreter, and its environment variables."""

    python: str
    environment: Mapping[str, str]


@contextmanager
def claim_lock(lock: Path) -> Iterator[IO[str]]:
    """Hold the lock of a process that is about to be started, so that the process never seems dead before it lives.

    Write the record that describes the process, and ``start`` it, inside the block. If a process that is about to end
    holds the lock, wait for it.

    Raises:
        BlockingIOError: if the process that holds the lock does not end in time.
    """
    with lock.open("w") as file:
        deadline = time.monotonic() + ENDING_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        yield file


def check_locks(folder: Path) -> None:
    """Raise RootError if the file system of ``folder`` has no locks, like some network file systems.

    Without locks a dead process could not be distinguished from a live one.
    """
    try:
        # The folder itself can be locked, so that opening a root to read it writes nothing.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise RootError(
            f"files in {folder} cannot be locked ({error.strerror}); take a root folder on a local disk, "
            "as in --local /tmp/root"
        ) from None


def start(
    module: str,
    arguments: list[str],
    lock: IO[str],
    log: Path,
    runtime: Runtime | None = None,
) -> int:
    """Start ``python -m module arguments`` in a session of its own, holding ``lock``; it outlives its starter.

    Args:
        module: the module to run.
        arguments: its command line.
        lock: an open lock file, see ``claim_lock``.
        log: the file for its output.
        runtime: interpreter and variables; by default those of this process, without credentials.

    Returns:
        The id of the process.
    """
    python, environment = runtime or Runtime(sys.executable, without_secrets(os.environ))
    with log.open("ab") as output:
        process = subprocess.Popen(
            [python, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=[lock.fileno()],
            env={**environment} | {"PYTHONPATH": _import_path(environment), "PYTHONUNBUFFERED": "1"},
        )
    # No process waits for it, on purpose; without this, Popen warns when it is garbage-collected.
    process.returncode = 0
    return process.pid


def fork(module: str, arguments: list[str], lock: IO[str], log: Path) -> int:
    """Run ``module.__main__.main(*arguments)`` in a fork of this process: ``start`` without a new interpreter.

    Only for a process that has one thread and little in its memory. The module is imported before forking, which
    spares the next fork the import.

    Returns:
        The id of the process.
    """
    main = import_module(f"{module}.__main__").main
    sys.stdout.flush()
    sys.stderr.flush()
    if process := os.fork():
        return process
    code = 1
    try:
        os.setsid()
        _redirect(log)
        _close_all_but(lock.fileno())
        code = int(main(*arguments))
    except BaseException:  # noqa: BLE001  the fork must not return into its parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Children:
    """The processes that this process starts; the end of one wakes it.

    Those of the modules in ``forked`` are forks of it; for that it must have only one thread.
    """

    def __init__(self, forked: Set[str] = FORKED_MODULES) -> None:
        self._ends, self._forked = ProcessEnds(), forked

    def start(
        self,
        module: str,
        arguments: list[str],
        lock: IO[str],
        log: Path,
        runtime: Runtime | None = None,
    ) -> int:
        """Start a process by ``fork``, or by ``start`` if it needs its own runtime or its module must not be forked."""
        if module in self._forked and runtime is None:
            child = fork(module, arguments, lock, log)
        else:
            child = start(module, arguments, lock, log, runtime)
        self._ends.add(child)
        return child

    def wait(self, seconds: float) -> None:
        """Sleep until a child ends, for at most ``seconds``."""
        for child in self._ends.wait(seconds):
            os.waitpid(child, 0)


def is_alive(lock: Path) -> bool:
    """Return whether the process that was started with this lock still runs."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _redirect(log: Path) -> None:
    """Redirect output and errors to ``log``; standard input becomes empty."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)):
        os.dup2(target, stream)


def _close_all_but(descriptor: int) -> None:
    """Close what a fork has inherited: a lock that its parent holds would outlive the parent."""
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, os.sysconf("SC_OPEN_MAX"))


def _import_path(environment: Mapping[str, str]) -> str:
    """Return PYTHONPATH with this package's folder first: a child runs the same code, wherever it is started."""
    own = str(Path(__file__).resolve().parent.parent)
    inherited = [p for p in environment.get("PYTHONPATH", "").split(os.pathsep) if p and p != own]
    return os.pathsep.join([own, *inherited])
