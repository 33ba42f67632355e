"""Finds processes in /proc by their arguments, variables or locks, to kill one or to see that it has ended."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

HAS_PROC = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks in /proc, which only Linux has")


def needs_proc(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that looks in /proc, and start its processes cold: a warm one is a fork with another command line."""
    return pytest.mark.usefixtures("cold")(HAS_PROC(test))


def find_by_last_argument(argument: str) -> list[int]:
    """Return the ids of the processes whose last argument is this one."""
    return [process for process, arguments in _list_strings("cmdline") if arguments[-1:] == [argument]]


def find_by_lock(name: str) -> list[int]:
    """Return the ids of the processes that hold the lock of the execution of this id, or of the job of this name."""
    return [process for process, lock in _locks() if Path(lock).parts[-2:] == (name, "lock")]


def _locks() -> Iterator[tuple[int, str]]:
    """Yield process and path of each lock that is held; a process that only tests a lock holds none."""
    for process, descriptor in _descriptors():
        with suppress(OSError):  # it has just been closed; the process's other files may still be open
            path = os.readlink(f"/proc/{process}/fd/{descriptor}")
            if path.endswith("/lock"):
                with open(f"/proc/{process}/fdinfo/{descriptor}", encoding="utf-8") as file:
                    if "WRITE" in file.read():
                        yield process, path


def _descriptors() -> Iterator[tuple[int, str]]:
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):  # it has just ended, or is another user's
            for descriptor in os.listdir(f"/proc/{entry}/fd"):
                yield int(entry), descriptor


def find_by_variable(name: str, value: str) -> list[int]:
    """Return the ids of the processes that were started with this variable."""
    return [process for process, variables in _list_strings("environ") if f"{name}={value}" in variables]


def _list_strings(file_name: str) -> Iterator[tuple[int, list[str]]]:
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/{file_name}", encoding="utf-8", errors="replace") as file:
                yield int(entry), file.read().split("\0")[:-1]
        except OSError:  # it has just ended
            continue


def wait_for(look: Callable[[], Any]) -> Any:
    """Call ``look`` until its result is true; return the result.

    Raises:
        TimeoutError: it took more than twenty seconds.
    """
    for _ in range(400):
        if result := look():
            return result
        time.sleep(0.05)
    raise TimeoutError("it never came")


def find_children(parent: int, argument: str) -> list[int]:
    """Return the ids of the processes that a process started with this last argument."""
    return [process for process in find_by_last_argument(argument) if _parent(process) == parent]


def _parent(process: int) -> int | None:
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:  # it has just ended
        return None
