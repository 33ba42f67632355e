"""Reads a deployment's configuration, which a user writes, and writes it again with the facts that were looked up."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.terminal import command_line

TERRAFORM, CLOUDFORMATION = "tf", "cfn"


def read(path: str, code: str) -> dict[str, Any]:
    """Return the values of a static configuration; for CloudFormation those below ``Parameters``.

    Raises:
        UsageError: there is no such file, or it has another form.
    """
    text = command_line.read_text(path)
    try:
        values = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{path!r} is not valid JSON: {error}") from None
    if code == CLOUDFORMATION:
        values = values.get("Parameters") if isinstance(values, dict) else None
    if not isinstance(values, dict):
        form = '{"Parameters": {NAME: VALUE}}' if code == CLOUDFORMATION else "{NAME: VALUE}"
        raise UsageError(f"{path!r} has to be {form} for --code {code}")
    return values


def write(path: str, content: Any) -> None:
    """Write a text or JSON file atomically.

    Raises:
        UsageError: it cannot be written.
    """
    text = content if isinstance(content, str) else json.dumps(content, indent=2)
    try:
        with NamedTemporaryFile("w", dir=Path(path).resolve().parent, delete=False, encoding="utf-8") as file:
            file.write(text + "\n")
        os.replace(file.name, path)
    except OSError as error:
        raise UsageError(f"cannot write {path!r}: {error.strerror}") from None


def _variables(values: Mapping[str, Any]) -> Any:
    return dict(values)


def _overrides(values: Mapping[str, Any]) -> Any:
    """Return ``NAME=VALUE`` strings, without the region, for aws cloudformation deploy --parameter-overrides."""
    lower = {"ModelPackageGroupNameInLowerCase": values["ModelPackageGroupName"].lower()}
    return [f"{name}={_override(value)}" for name, value in {**values, **lower}.items() if name != "region"]


def _override(value: Any) -> str:
    match value:
        case list():
            return ",".join(map(_override, value))
        case bool():
            return str(value).lower()
    return str(value)


#: Value of --code -> function that converts the values to the form of the exported file.
EXPORT_FORMATS: dict[str, Callable[[Mapping[str, Any]], Any]] = {TERRAFORM: _variables, CLOUDFORMATION: _overrides}
