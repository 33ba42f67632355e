"""Load a pipeline by its module's name, with arguments that come from a command line."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, get_args, get_type_hints

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.project import known_modules
from local_sagemaker.tools.command_errors import UsageError

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
    value = literal(str_struct) if str_struct else {}
    if not isinstance(value, dict):
        raise UsageError(f"expected a dictionary, as JSON or a Python literal; got {str_struct!r}")
    return value


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


def literal(text: str) -> Any:
    """A value written as JSON or as a Python literal; raise UsageError where it is neither."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise UsageError(f"neither JSON nor a Python literal: {text[:200]!r}") from None
