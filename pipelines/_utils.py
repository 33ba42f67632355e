"""Load a pipeline by its module's name, and read the structures that come from a command line."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

from local_sagemaker.definition.errors import did_you_mean
from pipelines.errors import UsageError
from pipelines.refusals import is_missing

from botocore.exceptions import ClientError

Tags = list[dict[str, str]]
#: What is local about this project.
LOCAL_CONFIG = Path(__file__).with_name("local.toml")
#: Where the environment names the region.
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


def get_pipeline_driver(module_name: str, passed_args: str | Mapping[str, Any] | None = None) -> Any:
    """The pipeline that ``module_name.get_pipeline`` makes of these keyword arguments.

    Args:
        module_name: e.g. ``pipelines.abalone.pipeline``.
        passed_args: keyword arguments, as a mapping or as text (JSON or a Python literal).

    Raises:
        UsageError: there is no such module, it has no get_pipeline, or that does not take these arguments.
    """
    if not module_name or module_name.startswith("."):
        raise UsageError(f"{module_name!r} names no module; known pipelines: {', '.join(known_modules())}")
    get_pipeline = getattr(_module(module_name), "get_pipeline", None)
    if get_pipeline is None:
        raise UsageError(f"module {module_name!r} has no get_pipeline; known pipelines: {', '.join(known_modules())}")
    arguments = convert_struct(passed_args) if isinstance(passed_args, str) else dict(passed_args or {})
    taken = _taken(get_pipeline)
    for name in [name for name in arguments if taken and name not in taken]:
        hint = did_you_mean(str(name), taken)
        raise UsageError(f"get_pipeline of {module_name} takes no {name!r}{hint}; it takes {', '.join(taken)}")
    try:
        return get_pipeline(**arguments)
    except ValueError as error:  # of the SDK, which knows no image there
        if "Unsupported region" not in str(error):
            raise
        raise UsageError(f"{module_name} cannot be compiled for this region: {error}") from None


def convert_struct(str_struct: str | None = None) -> dict[str, Any]:
    """A dictionary written as JSON (``{"a": true}``) or as a Python literal (``{'a': True}``); empty for nothing.

    Raises:
        UsageError: it is neither, or no dictionary.
    """
    value = _literal(str_struct) if str_struct else {}
    if not isinstance(value, dict):
        raise UsageError(f"expected a dictionary, as JSON or a Python literal; got {str_struct!r}")
    return value


def convert_tags(text: str | None = None) -> Tags:
    """Tags written as ``[{"Key": "...", "Value": "..."}]``; empty for nothing.

    Raises:
        UsageError: it is no such list.
    """
    tags = _literal(text) if text else []
    if not is_tags(tags):
        raise UsageError(f"""expected tags as '[{{"Key": "...", "Value": "..."}}]'; got {text!r}""")
    return tags


def is_tags(value: Any) -> bool:
    """Whether it is a list of ``{"Key": text, "Value": text}``."""
    return isinstance(value, list) and all(
        isinstance(tag, dict) and tag.keys() == {"Key", "Value"} and all(isinstance(v, str) for v in tag.values())
        for tag in value
    )


def get_pipeline_custom_tags(module_name: str, args: str | Mapping[str, Any] | None, tags: Tags, client: Any) -> Tags:
    """``tags`` and those of the SageMaker project that the pipeline belongs to; a tag that is given wins.

    Args:
        module_name: of the pipeline; named in errors.
        args: get_pipeline's keyword arguments; ``sagemaker_project_arn`` or ``sagemaker_project_name`` names the
            project, without them there is none.
        tags: the tags that the caller gives; left as they are.
        client: boto3's SageMaker client.

    Raises:
        UsageError: there is no project of that name.
    """
    arguments = convert_struct(args) if isinstance(args, str) else dict(args or {})
    arn = arguments.get("sagemaker_project_arn") or _project_arn(client, arguments.get("sagemaker_project_name"))
    project = client.list_tags(ResourceArn=arn)["Tags"] if arn else []
    return list({tag["Key"]: tag for tag in [*project, *tags]}.values())


def _project_arn(client: Any, name: str | None) -> str | None:
    if not name:
        return None
    try:
        return str(client.describe_project(ProjectName=name)["ProjectArn"])
    except ClientError as error:
        if not is_missing(error):
            raise
        raise UsageError(
            f"there is no SageMaker project {name!r} in this account and region; leave sagemaker_project_name out, "
            f'or give the mere tag: --tags \'[{{"Key": "sagemaker:project-name", "Value": "{name}"}}]\''
        ) from None


def known_modules() -> list[str]:
    """Every use case's pipeline module, found by listing the package's folder."""
    package = Path(__file__).parent
    return sorted(
        f"pipelines.{p.parent.name}.pipeline" for p in package.glob("*/pipeline.py") if p.parent.name != "steps"
    )


def _taken(function: Callable[..., Any]) -> list[str]:
    """The names of a function's arguments, those of ``**settings: Unpack[...]`` too; none where it takes any."""
    parameters = inspect.signature(function).parameters.values()
    names = [one.name for one in parameters if one.kind is not one.VAR_KEYWORD]
    for one in parameters:
        if one.kind is one.VAR_KEYWORD:
            unpacked = get_args(get_type_hints(function)[one.name]) if one.annotation is not one.empty else ()
            return [*names, *unpacked[0].__annotations__] if unpacked else []
    return names


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if not name.startswith(error.name or ""):
            raise  # the module is there; something that it imports is not
        hint = did_you_mean(name, known_modules())
        raise UsageError(f"there is no module {name!r}{hint}; known pipelines: {', '.join(known_modules())}") from None


def _literal(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise UsageError(f"neither JSON nor a Python literal: {text[:200]!r}") from None
