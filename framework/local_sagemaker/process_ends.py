"""Waits until one of several processes ends, without polling each of them.

If the system has no file descriptors of processes (macOS, kernels before 5.3), waiting only sleeps for a moment.
https://man7.org/linux/man-pages/man2/pidfd_open.2.html
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterable
from functools import cache

#: Seconds to sleep if the system does not report the end of a process.
LOOK_SECONDS = 0.05


class ProcessEnds:
    """A set of processes that ``wait`` watches; the process that started them reaps them."""

    def __init__(self, processes: Iterable[int] = ()):
        self._descriptors: dict[int, int] = {}
        for process in processes:
            self.add(process)

    def add(self, process: int) -> None:
        """Wait for this process too; it must be a child of this process that has not been reaped."""
        if can_watch_processes():
            self._descriptors[os.pidfd_open(process)] = process

    def wait(self, seconds: float) -> list[int]:
        """Sleep until a process ends, for at most ``seconds``; return the ids of the ended processes, each only once.

        If the system does not report ends, sleep a moment and return no id.
        """
        if not can_watch_processes():
            time.sleep(min(seconds, LOOK_SECONDS))
            return []
        ended, _, _ = select.select(list(self._descriptors), [], [], seconds)
        return [self._forget(descriptor) for descriptor in ended]

    def close(self) -> None:
        """Stop waiting for every process."""
        for descriptor in list(self._descriptors):
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> int:
        os.close(descriptor)
        return self._descriptors.pop(descriptor)


@cache
def can_watch_processes() -> bool:
    """Return whether this system reports the end of a process; tried only once."""
    if not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # the kernel is older, or a sandbox forbids it
        return False
    return True
