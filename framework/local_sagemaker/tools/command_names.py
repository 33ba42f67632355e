"""Names the commands in messages as the user calls them: ``pipelines``, or ``local-sagemaker`` without the template."""

from __future__ import annotations

import sys
from pathlib import Path

from local_sagemaker import project

#: The command of the framework. It works on this machine unless ``--aws`` is given.
FRAMEWORK, TEMPLATE = "local-sagemaker", "pipelines"


def command_name() -> str:
    """Return the name of the command that has the subcommands."""
    is_called = Path(sys.argv[0]).name == FRAMEWORK
    return FRAMEWORK if is_called or project.package() is None else TEMPLATE


def run_name() -> str:
    """Return the name of the command that runs a pipeline."""
    return f"{FRAMEWORK} run" if command_name() == FRAMEWORK else "run-pipeline"
