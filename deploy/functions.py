"""The functions of ``lambdas``: which there are, and the code of each with what it imports of this project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.code import function_code
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service import functions

import boto3

FOLDER = Path(__file__).resolve().parent / "lambdas"
#: What a handler may import of ours, and then carries; see the README there.
PACKAGES = ("deploy", "pipelines", "model_monitor")
#: Actions of CodePipeline. Jobs may ask functions whose names begin with sagemaker-, and no job approves its own model.
OF_CODEPIPELINE = {"approve_model", "confirm_pipeline", "submit_pipeline"}


def known_functions() -> list[str]:
    """Names of the functions that there are."""
    return sorted(path.parent.name for path in FOLDER.glob("*/handler.py"))


def folder_of(name: str) -> Path:
    """A function's folder.

    Raises:
        UsageError: there is none.
    """
    if not FOLDER.is_dir():
        raise UsageError(f"there is no {FOLDER}: functions are deployed from a clone, where pip install -e . was used")
    known = known_functions()
    if name not in known:
        raise UsageError(f"there is no function {name!r}{did_you_mean(name, known)}; known: {', '.join(known)}")
    return FOLDER / name


def code_of(name: str) -> bytes:
    """A function's archive; the same code gives the same bytes.

    Raises:
        UsageError: there is no such function.
    """
    return function_code(folder_of(name), PACKAGES)


def deploy(session: boto3.Session, name: str, groups: Sequence[str] = (), **settings: Any) -> dict[str, Any]:
    """Create or update a function by its name; ``settings`` are those of ``service.functions.deploy``.

    Raises:
        UsageError: there is no such function, CodePipeline's stack deploys it, or its role has to be told more.
    """
    if name in OF_CODEPIPELINE:
        raise UsageError(
            f"{name} is an action of CodePipeline: its stack deploys it; see deploy/codepipeline/README.md"
        )
    return functions.deploy(session, folder_of(name), code_of(name), groups, **settings)
