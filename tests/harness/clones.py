"""Copies the project for tests that write into a clone."""

from __future__ import annotations

import shutil
from pathlib import Path

from paths import ROOT

COPIED = ("pipelines", "framework", "deploy", "tests", "conftest.py", "setup.cfg", "pyproject.toml")


def copy_project(folder: Path) -> Path:
    """Copy the code and its tests into a new folder; return it."""
    for source in filter(Path.exists, (ROOT / name for name in COPIED)):  # the framework may be an installed wheel
        if source.is_dir():
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__", ".tox"))
        else:
            shutil.copy(source, folder / source.name)
    return folder
