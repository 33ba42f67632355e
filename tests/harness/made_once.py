"""Makes slow folders that several tests read: the first worker that needs one makes it, and the others wait."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path


def make_once(base: Path, worker: str, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that one call of ``make`` has filled, for all tests of all workers; tests must not change it.

    Args:
        base: pytest's own base folder of this worker.
        worker: its id; ``master`` if there is only one.
        name: of the folder.
        make: fills an empty folder; if it raises, the next caller tries again.
    """
    shared = base if worker == "master" else base.parent
    folder = shared / name
    with shared.joinpath(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            unfinished = shared / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder
