"""Runs lines in a shell that has the commands in its PATH, in a separate folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from paths import ROOT, python_path
from warm import program, python, script

MODULES = {
    "get-pipeline-definition": "pipelines.get_pipeline_definition",
    "run-pipeline": "pipelines.run_pipeline",
    "pipelines": "local_sagemaker.tools.commands",
}


def find_program(name: str) -> str:
    """Return the path of a program of the extra ``test``; skip the test if it is missing."""
    path = shutil.which(name, path=f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")
    return path or pytest.skip(f"{name} comes with the extra 'test'")


def shell_in(folder: Path, root: Path = ROOT) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Return a function that runs a line in a folder, with the project at ``root``."""
    programs = folder / "bin"
    programs.mkdir()
    for name, command in {**{name: program(module) for name, module in MODULES.items()}, "python": [python()]}.items():
        programs.joinpath(name).write_text(script(*command))
        programs.joinpath(name).chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": python_path(root), "PATH": f"{programs}:{os.environ['PATH']}"}

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euc", line], capture_output=True, text=True, check=False, cwd=folder, env=environment
        )

    return run
