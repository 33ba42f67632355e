"""Runs a buildspec's phases as CodeBuild does, in one shell until a command fails, with stubs for some programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from moto_over_http import BUCKET, REGION, Aws
from paths import PYTHONPATH, ROOT
from warm import program, python, script

#: The stub of a program: it appends its name and arguments to a file.
RECORDING_SCRIPT = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLED"
"""
COMMANDS = {"run-pipeline": "pipelines.run_pipeline", "get-pipeline-definition": "pipelines.get_pipeline_definition"}


def own_programs() -> dict[str, str]:
    """Return scripts of our own commands, and stubs of those that would install the project and run its tests."""
    own = {name: script(*program(module)) for name, module in COMMANDS.items()}
    return own | {"python": script(python()), "pip": RECORDING_SCRIPT, "tox": RECORDING_SCRIPT}


def project(aws: Aws) -> dict[str, str]:
    """Return the environment variables that the SageMaker project sets."""
    return {
        "SAGEMAKER_PROJECT_NAME": "shells",
        "SAGEMAKER_PROJECT_ID": "p-0123456789ab",
        "SAGEMAKER_PIPELINE_ROLE_ARN": aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"],
        "ARTIFACT_BUCKET": BUCKET,
        "AWS_REGION": REGION,
    }


def spec(path: str) -> dict[str, Any]:
    """Return a buildspec of this repository."""
    return dict(yaml.safe_load((ROOT / path).read_text()))


def build(
    path: str, folder: Path, environment: Mapping[str, str], programs: Mapping[str, str] | None = None, after: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a buildspec's phases in a folder; return the finished process.

    Args:
        path: of the buildspec.
        folder: what CodeBuild would have checked out.
        environment: variables, in addition to the buildspec's own.
        programs: name -> script, first in PATH; ``own_programs`` by default. RECORDING_SCRIPT writes to the file
            ``called`` next to the folder.
        after: a command at the end, in the same shell.
    """
    buildspec, tools = spec(path), folder.parent / f"{folder.name}-programs"
    tools.mkdir(exist_ok=True)
    for name, text in (own_programs() if programs is None else programs).items():
        tools.joinpath(name).write_text(text)
        tools.joinpath(name).chmod(0o755)
    phases = buildspec["phases"].values()
    commands = "\n".join([*(command for phase in phases for command in phase["commands"]), after])
    own = {name: str(value) for name, value in buildspec.get("env", {}).get("variables", {}).items()}
    paths = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": PYTHONPATH,
        "CALLED": str(folder.parent / "called"),
    }
    return subprocess.run(
        ["sh", "-ec", commands], cwd=folder, env={**os.environ, **paths, **own, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
