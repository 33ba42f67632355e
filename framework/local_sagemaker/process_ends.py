"""Wait until one of several processes ends, without looking at each of them again and again.

Where the system has no file descriptors of processes (macOS, kernels before 5.3), waiting is sleeping for a moment.
https://man7.org/linux/man-pages/man2/pidfd_open.2.html
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterable
from functools import cache

#: Between two looks, where the system does not tell of an end.
LOOK_SECONDS = 0.05


class ProcessEnds:
    """Processes whose ends are waited for; whoever started them reaps them."""

    def __init__(self, processes: Iterable[int] = ()):
        self._descriptors: dict[int, int] = {}
        for process in processes:
            self.add(process)

    def add(self, process: int) -> None:
        """Wait for this process too; it must be a child of this one that has not been reaped."""
        if can_tell():
            self._descriptors[os.pidfd_open(process)] = process

    def wait(self, seconds: float) -> list[int]:
        """Sleep until a process ends, for ``seconds`` at most; the ids of those that have ended, each told once.

        Where the system does not tell of ends, sleep a moment and name none.
        """
        if not can_tell():
            time.sleep(min(seconds, LOOK_SECONDS))
            return []
        ended, _, _ = select.select(list(self._descriptors), [], [], seconds)
        return [self._forget(descriptor) for descriptor in ended]

    def close(self) -> None:
        """Wait for no process any more."""
        for descriptor in list(self._descriptors):
            self._forget(descriptor)

    def _forget(self, descriptor: int) -> int:
        os.close(descriptor)
        return self._descriptors.pop(descriptor)


@cache
def can_tell() -> bool:
    """Whether this system tells of the end of a process; tried once."""
    if not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # the kernel is older, or a sandbox forbids it
        return False
    return True
