"""Loads a pipeline that is named by its module, with arguments from a command line."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Any, get_args, get_type_hints

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.project import known_modules
from local_sagemaker.tools.command_errors import UsageError

#: Environment variables that name the region.
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


def get_pipeline_driver(
    module_name: str,
    passed_args: str | Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """Return the pipeline that ``module_name.get_pipeline`` builds from these keyword arguments.

    Args:
        module_name: e.g. ``pipelines.abalone.pipeline``.
        passed_args: keyword arguments, as a mapping or as a string (JSON or a Python literal).
        defaults: further keyword arguments, which are passed if get_pipeline takes them.

    Raises:
        UsageError: the module does not exist or has no get_pipeline, or get_pipeline does not take these arguments, or
            it requires another.
    """
    if not module_name or module_name.startswith("."):
        raise UsageError(f"{module_name!r} is not a module; known pipelines: {_list_modules()}")
    get_pipeline = getattr(_module(module_name), "get_pipeline", None)
    if get_pipeline is None:
        raise UsageError(f"module {module_name!r} has no get_pipeline; known pipelines: {_list_modules()}")
    arguments = convert_struct(passed_args) if isinstance(passed_args, str) else dict(passed_args or {})
    accepted = _parameter_names(get_pipeline)
    for name in [name for name in arguments if accepted and name not in accepted]:
        hint = did_you_mean(str(name), accepted)
        raise UsageError(f"get_pipeline of {module_name} takes no {name!r}{hint}; it takes {', '.join(accepted)}")
    arguments = {name: value for name, value in defaults.items() if not accepted or name in accepted} | arguments
    if missing := [name for name in _required_names(get_pipeline) if name not in arguments]:
        example = json.dumps({name: "..." for name in missing})
        raise UsageError(
            f"get_pipeline of {module_name} requires {', '.join(missing)}; give a value for each: --kwargs '{example}'"
        )
    try:
        return get_pipeline(**arguments)
    except ValueError as error:  # the SDK knows no image for this region
        if "Unsupported region" not in str(error):
            raise
        raise UsageError(f"{module_name} cannot be compiled for this region: {error}") from None


def convert_struct(str_struct: str | None = None) -> dict[str, Any]:
    """Parse a dictionary written as JSON (``{"a": true}``) or a Python literal (``{'a': True}``); empty for no string.

    Raises:
        UsageError: the string is neither, or not a dictionary.
    """
    value = literal(str_struct) if str_struct else {}
    if not isinstance(value, dict):
        raise UsageError(f"expected a dictionary as JSON or a Python literal; got {str_struct!r}")
    return value


def _parameter_names(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's parameters, including those of ``**settings: Unpack[...]``.

    The list is empty if the function accepts any name.
    """
    parameters = inspect.signature(function).parameters.values()
    names = [parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD]
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            unpacked = (
                get_args(get_type_hints(function)[parameter.name])
                if parameter.annotation is not parameter.empty
                else ()
            )
            return [*names, *unpacked[0].__annotations__] if unpacked else []
    return names


def _required_names(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's parameters without a default, other than ``*args`` and ``**kwargs``."""
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.default is p.empty and p.kind not in optional]


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if not name.startswith(error.name or ""):
            raise  # the module exists, but something that it imports does not
        hint = did_you_mean(name, known_modules())
        raise UsageError(f"there is no module {name!r}{hint}; known pipelines: {_list_modules()}") from None


def _list_modules() -> str:
    return ", ".join(known_modules()) or "none"


def literal(text: str) -> Any:
    """Parse a value written as JSON or as a Python literal; raise UsageError if it is neither."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise UsageError(f"neither JSON nor a Python literal: {text[:200]!r}") from None
