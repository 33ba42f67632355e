"""Processes by what stands in their command lines or what they hold, as /proc tells: to kill one, or to see it gone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

IS_THERE = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks in /proc, which only Linux has")


def needs_proc(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that looks in /proc; what it has the product start is then a process of its own, and no stand-in."""
    return pytest.mark.usefixtures("cold")(IS_THERE(test))


def ending_with(word: str) -> list[int]:
    """Ids of the processes whose last argument is this word."""
    return [process for process, words in _listed("cmdline") if words[-1:] == [word]]


def holding_lock(name: str) -> list[int]:
    """Ids of the processes that run the execution of this id, or the job of this name: they hold its lock."""
    return [process for process, lock in _locks() if Path(lock).parts[-2:] == (name, "lock")]


def _locks() -> Iterator[tuple[int, str]]:
    """Process and path of each lock that is held; who merely looks whether it is holds none."""
    for process, descriptor in _descriptors():
        with suppress(OSError):  # it has just been closed: that says nothing of the process's others
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


def with_variable(name: str, value: str) -> list[int]:
    """Ids of the processes that were started with this in their environment."""
    return [process for process, words in _listed("environ") if f"{name}={value}" in words]


def _listed(file_name: str) -> Iterator[tuple[int, list[str]]]:
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/{file_name}", encoding="utf-8", errors="replace") as file:
                yield int(entry), file.read().split("\0")[:-1]
        except OSError:  # it has just ended
            continue


def wait_for(look: Callable[[], Any]) -> Any:
    """What a look finds, once it finds something.

    Raises:
        TimeoutError: that takes more than twenty seconds.
    """
    for _ in range(400):
        if found := look():
            return found
        time.sleep(0.05)
    raise TimeoutError("it never came")


def children(parent: int, word: str) -> list[int]:
    """Ids of the processes that one started with this last argument."""
    return [process for process in ending_with(word) if _parent(process) == parent]


def _parent(process: int) -> int | None:
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:  # it has just ended
        return None
