"""Provide what every container script needs of its container: paths, hosts, and one place that handles errors."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path


class InputError(Exception):
    """Raised when the data are not what the script needs; the message says what is wrong, where, and what to do."""


def ml(*parts: str) -> Path:
    """Return a path below /opt/ml, or below SAGEMAKER_BASE_DIR if that is set (as in AWS's own toolkits)."""
    return Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"), *parts)


def hosts() -> tuple[int, int]:
    """Return which of the job's instances this is, counted from 0, and how many there are; (0, 1) without a resource
    config.
    """
    config = ml("config", "resourceconfig.json")
    if not config.is_file():
        return 0, 1
    resources = json.loads(config.read_text(encoding="utf-8"))
    names = sorted(resources["hosts"], key=_host_number)
    return names.index(resources["current_host"]), len(names)


def is_first_host() -> bool:
    """Return whether this instance is the job's first."""
    return hosts()[0] == 0


def files_in(path: Path) -> list[Path]:
    """Return the file itself, or every file below a folder, in the order of their names; hidden files and folders are
    skipped.

    Raises:
        InputError: there is none.
    """
    visible = (p for p in path.rglob("*") if not any(part.startswith(".") for part in p.relative_to(path).parts))
    files = [path] if path.is_file() else sorted(p for p in visible if p.is_file())
    if not files:
        raise InputError(f"there is no file in {path}")
    return files


def only_file(path: Path, description: str) -> Path:
    """Return the one file in a folder, or the file itself.

    Args:
        path: of an input.
        description: follows "one" in the error message, such as "with constraints".

    Raises:
        InputError: there is none, or there are several.
    """
    files = files_in(path)
    if len(files) > 1:
        raise InputError(f"{path} has {len(files)} files instead of one {description}")
    return files[0]


def not_negative(text: str) -> float:
    """Return an option's finite number of at least 0; raise ValueError for anything else."""
    value = float(text)
    if not 0 <= value < math.inf:
        raise ValueError
    return value


def run(main: Callable[[], None]) -> None:
    """Call ``main``; an InputError ends the script with one line on stderr and exit code 1."""
    try:
        main()
    except InputError as error:
        sys.exit(f"error: {error}")


def _host_number(host: str) -> int:
    return int(host.rpartition("-")[2])
