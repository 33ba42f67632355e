"""Prepares a root folder: its own folders can be read by its owner alone, whatever the umask.

A root that cannot be written to, on a full disk or a read-only file system, can still be looked at.
"""

from __future__ import annotations

import stat
from pathlib import Path

from local_sagemaker.errors import RootError
from local_sagemaker.processes import check_locks

#: In the working folder.
DEFAULT_ROOT = ".local-sagemaker"
RECORDS_FILE = "records.sqlite"
#: What is below a root. Everything else is in these folders, so that their modes close all of it.
FOLDERS = ("s3", "s3-apart", "s3-headers", "executions", "jobs", "functions", "invocations", "notifications", "tmp")
FILES = (".gitignore", RECORDS_FILE, "events.jsonl", "undelivered.jsonl")
PRIVATE = 0o700


def prepare_root(folder: Path) -> None:
    """Make the folders of a root that do not exist, and close what others could read.

    Raises:
        RootError: it cannot be made, cannot be locked, or is new and cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    except OSError as error:
        raise RootError(f"cannot make the root folder {folder}: {error.strerror}") from None
    check_locks(folder)
    try:
        if not folder.joinpath(RECORDS_FILE).exists():
            folder.joinpath(".gitignore").write_text("*\n", encoding="utf-8")  # a root is never committed
        for path in (folder / name for name in FOLDERS):
            path.mkdir(exist_ok=True, mode=PRIVATE)
            _close(path)
        for path in (folder / name for name in FILES):
            if path.is_file():
                _close(path)
    except OSError as error:
        if not folder.joinpath(RECORDS_FILE).is_file():
            raise RootError(
                f"cannot write to the root folder {folder} ({error.strerror}); take another, as in --local /tmp/root"
            ) from None


def _close(path: Path) -> None:
    """Take the rights of others away from a file or folder."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~PRIVATE:
        path.chmod(mode & PRIVATE)
