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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from local_sagemaker.errors import RootError

#: A process that has written down its end is gone within this time.
ENDING_SECONDS = 30.0


@contextmanager
def claimed(lock: Path) -> Iterator[IO[str]]:
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
    module: str, arguments: list[str], held: IO[str], log: Path, environment: Mapping[str, str] = os.environ
) -> None:
    """Start ``python -m module arguments`` in a session of its own, holding ``held``; it outlives its starter."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=[held.fileno()],
            env={**environment} | {"PYTHONPATH": _import_path(), "PYTHONUNBUFFERED": "1"},
        )
    # Nobody waits for it on purpose; without this, Popen warns when it is collected.
    process.returncode = 0


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


def _import_path() -> str:
    """The folder that this package was imported from, first: a child runs the same code, wherever it is started."""
    own = str(Path(__file__).resolve().parent.parent)
    rest = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p and p != own]
    return os.pathsep.join([own, *rest])
