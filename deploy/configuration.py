"""The configuration of a deployment: what a person decides, read from one file; and with what was found, written."""

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
    """The values of a static configuration: of CloudFormation below ``Parameters``.

    Raises:
        UsageError: there is no such file, or it is not of that form.
    """
    text = command_line.read_text(path)
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{path!r} is no JSON: {error}") from None
    if code == CLOUDFORMATION:
        found = found.get("Parameters") if isinstance(found, dict) else None
    if not isinstance(found, dict):
        what = '{"Parameters": {NAME: VALUE}}' if code == CLOUDFORMATION else "{NAME: VALUE}"
        raise UsageError(f"{path!r} has to be {what} for --code {code}")
    return found


def write(path: str, content: Any) -> None:
    """A file, text or JSON, that is there whole or not at all.

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
    """``NAME=VALUE``, as aws cloudformation deploy --parameter-overrides file://... takes them; the region is none."""
    lower = {"ModelPackageGroupNameInLowerCase": values["ModelPackageGroupName"].lower()}
    return [f"{name}={_word(value)}" for name, value in {**values, **lower}.items() if name != "region"]


def _word(value: Any) -> str:
    match value:
        case list():
            return ",".join(map(_word, value))
        case bool():
            return str(value).lower()
    return str(value)


#: --code -> what the configuration that is written looks like.
FORMS: dict[str, Callable[[Mapping[str, Any]], Any]] = {TERRAFORM: _variables, CLOUDFORMATION: _overrides}
