"""CodeBuild for tests: the phases of a buildspec, in one shell until a command fails, with stand-ins for programs."""

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

#: Stands in for a program, and writes down how it is called.
NOTED = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLED"
"""
COMMANDS = {"run-pipeline": "pipelines.run_pipeline", "get-pipeline-definition": "pipelines.get_pipeline_definition"}


def programs_of_ours() -> dict[str, str]:
    """Our own commands, and stand-ins for what would install the project and run these very tests once more."""
    own = {name: script(*program(module)) for name, module in COMMANDS.items()}
    return own | {"python": script(python()), "pip": NOTED, "tox": NOTED}


def project(aws: Aws) -> dict[str, str]:
    """What the project sets."""
    return {
        "SAGEMAKER_PROJECT_NAME": "shells",
        "SAGEMAKER_PROJECT_ID": "p-0123456789ab",
        "SAGEMAKER_PIPELINE_ROLE_ARN": aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"],
        "ARTIFACT_BUCKET": BUCKET,
        "AWS_REGION": REGION,
    }


def spec(path: str) -> dict[str, Any]:
    """A buildspec of this repository."""
    return dict(yaml.safe_load((ROOT / path).read_text()))


def build(
    path: str, folder: Path, environment: Mapping[str, str], programs: Mapping[str, str] | None = None, after: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run its phases in a folder; how that ended.

    Args:
        path: of the buildspec.
        folder: what CodeBuild would have checked out.
        environment: beside the buildspec's own variables.
        programs: name -> script, found before all others; without them, ``programs_of_ours``. Those of NOTED write to
            ``called`` beside the folder.
        after: a command at the end, in the same shell.
    """
    found, tools = spec(path), folder.parent / f"{folder.name}-programs"
    tools.mkdir(exist_ok=True)
    for name, text in (programs_of_ours() if programs is None else programs).items():
        tools.joinpath(name).write_text(text)
        tools.joinpath(name).chmod(0o755)
    commands = "\n".join([*(one for phase in found["phases"].values() for one in phase["commands"]), after])
    own = {name: str(value) for name, value in found.get("env", {}).get("variables", {}).items()}
    paths = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": PYTHONPATH,
        "CALLED": str(folder.parent / "called"),
    }
    return subprocess.run(
        ["sh", "-ec", commands], cwd=folder, env={**os.environ, **paths, **own, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
