"""What takes long to make and several tests read: the first worker that asks makes it, the others wait for it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path


def made_once(base: Path, worker: str, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that one call of ``make`` has filled, for all tests of all workers; nobody changes it.

    Args:
        base: pytest's own base folder of this worker.
        worker: its id; ``master`` where there are no others.
        name: of the folder.
        make: fills an empty folder; where it raises, whoever asks next tries again.
    """
    shared = base if worker == "master" else base.parent
    made = shared / name
    with shared.joinpath(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_dir():
            unfinished = shared / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(made)
    return made
