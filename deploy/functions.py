"""Lists the functions of ``lambdas`` and packs each one's code, together with what it imports from this project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.code import function_code
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service import functions

import boto3

LAMBDAS_FOLDER = Path(__file__).resolve().parent / "lambdas"
#: Packages of this project that a handler may import; they are packed with it. See the README there.
PACKAGES = ("deploy", "pipelines", "model_monitor")
#: Actions of CodePipeline. Jobs may invoke functions named sagemaker-*, so these are named differently: no job may
#: approve its own model.
CODEPIPELINE_ACTIONS = {"approve_model", "confirm_pipeline", "submit_pipeline"}


def function_names() -> list[str]:
    """Return the names of all functions."""
    return sorted(path.parent.name for path in LAMBDAS_FOLDER.glob("*/handler.py"))


def function_folder(name: str) -> Path:
    """Return a function's folder.

    Raises:
        UsageError: there is no such function.
    """
    if not LAMBDAS_FOLDER.is_dir():
        raise UsageError(
            f"there is no {LAMBDAS_FOLDER}; deploy functions from a clone that is installed with pip install -e ."
        )
    names = function_names()
    if name not in names:
        raise UsageError(f"there is no function {name!r}{did_you_mean(name, names)}; known: {', '.join(names)}")
    return LAMBDAS_FOLDER / name


def function_archive(name: str) -> bytes:
    """Return a function's archive; the same code gives the same bytes.

    Raises:
        UsageError: there is no such function.
    """
    return function_code(function_folder(name), PACKAGES)


def deploy(session: boto3.Session, name: str, groups: Sequence[str] = (), **settings: Any) -> dict[str, Any]:
    """Create or update a function by its name; ``settings`` are those of ``service.functions.deploy``.

    Raises:
        UsageError: there is no such function, CodePipeline's stack deploys it, or its role needs further values.
    """
    if name in CODEPIPELINE_ACTIONS:
        raise UsageError(
            f"{name} is an action of CodePipeline, so its stack deploys it; see deploy/codepipeline/README.md"
        )
    return functions.deploy(session, function_folder(name), function_archive(name), groups, **settings)
