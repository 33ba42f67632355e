"""Detached processes, and whether one is still alive.

A process holds an exclusive lock on a file for as long as it lives; the system lets go of it however the process ends,
kill -9 included. So anyone may ask, from another process or another container on the same file system, and no process
id can be mistaken for another's. https://man7.org/linux/man-pages/man2/flock.2.html
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

#: A process that has written down its end is gone within this time.
ENDING_SECONDS = 30.0
#: What imports no library that starts threads, so that it may run in a copy of an execution's process. On Linux alone:
#: https://docs.python.org/3/library/os.html#os.fork
FORKED = frozenset({"local_sagemaker.jobs"} if sys.platform == "linux" else ())


class Runtime(NamedTuple):
    """What a process is run by: an interpreter, and its environment variables."""

    python: str
    environment: Mapping[str, str]


@contextmanager
def claim_lock(lock: Path) -> Iterator[IO[str]]:
    """Hold the lock of a process that is about to be started, so that it never seems dead before it lives.

    Write the record that describes it, and ``start`` it, inside the block. A process that holds the lock, as it is
    about to end, is waited for.

    Raises:
        BlockingIOError: it is not about to end.
    """
    with lock.open("w") as held:
        deadline = time.monotonic() + ENDING_SECONDS
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        yield held


def check_locks(folder: Path) -> None:
    """Raise RootError where the file system of ``folder`` has no locks, as some network file systems have none.

    Without them a process that died could not be told from one that lives.
    """
    try:
        # The folder itself can be locked, so that a root that is only looked at is not written to.
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
    held: IO[str],
    log: Path,
    runtime: Runtime | None = None,
) -> int:
    """Start ``python -m module arguments`` in a session of its own, holding ``held``; it outlives its starter.

    Args:
        module: to run.
        arguments: of its command line.
        held: a lock.
        log: where its output goes.
        runtime: of the process; by default that of this process, without credentials.

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
            pass_fds=[held.fileno()],
            env={**environment} | {"PYTHONPATH": _import_path(environment), "PYTHONUNBUFFERED": "1"},
        )
    # Nobody waits for it on purpose; without this, Popen warns when it is collected.
    process.returncode = 0
    return process.pid


def fork(module: str, arguments: list[str], held: IO[str], log: Path) -> int:
    """The same as ``start``, without a new interpreter: ``module.__main__.main(*arguments)`` in a copy of this process.

    For a process that has one thread and little in its memory; what the module imports is imported before, so that the
    next one is spared it.

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
        _close_all_but(held.fileno())
        code = int(main(*arguments))
    except BaseException:  # noqa: BLE001  the copy must not return into its parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Children:
    """The processes that this process starts, and is woken by the end of.

    Those of the modules in ``forked`` are copies of it; for that it has one thread.
    """

    def __init__(self, forked: Set[str] = FORKED) -> None:
        self._ends, self._forked = ProcessEnds(), forked

    def start(
        self,
        module: str,
        arguments: list[str],
        held: IO[str],
        log: Path,
        runtime: Runtime | None = None,
    ) -> int:
        """Start a process by ``fork``, or by ``start`` if it needs a runtime of its own or may not be forked."""
        if module in self._forked and runtime is None:
            child = fork(module, arguments, held, log)
        else:
            child = start(module, arguments, held, log, runtime)
        self._ends.add(child)
        return child

    def wait(self, seconds: float) -> None:
        """Sleep until one of them ends, for ``seconds`` at most."""
        for child in self._ends.wait(seconds):
            os.waitpid(child, 0)


def is_alive(lock: Path) -> bool:
    """Whether the process that was started with this lock still runs."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _redirect(log: Path) -> None:
    """Nothing to read, and what is printed goes into ``log``."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)):
        os.dup2(target, stream)


def _close_all_but(kept: int) -> None:
    """Close what a copy of a process has inherited: a lock that its parent holds would outlive the parent."""
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def _import_path(environment: Mapping[str, str]) -> str:
    """The folder that this package was imported from, first: a child runs the same code, wherever it is started."""
    own = str(Path(__file__).resolve().parent.parent)
    rest = [p for p in environment.get("PYTHONPATH", "").split(os.pathsep) if p and p != own]
    return os.pathsep.join([own, *rest])
