"""Evaluate the expressions of a definition: ``Get``, ``Std:Join``, ``Std:JsonGet``.

A scope is nested dicts and lists: ``{"Parameters": {...}, "Execution": {...}, "Steps": {name: properties}}``. A list in
a step's properties may be asked by name, ``Outputs['train']``, as its elements carry a name of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.near_names import did_you_mean

#: One part of a path: ``.name``, ``['key']`` or ``[0]``.
_PART = re.compile(r"\.?(?P<name>\w[\w-]*)|\[['\"](?P<key>[^'\"]*)['\"]\]|\[(?P<index>\d+)\]")

#: The member by which elements of a list are told apart, where a path asks a list by name.
ELEMENT_NAMES = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")

ReadText = Callable[[str], str]
#: Name -> what it has.
FUNCTIONS = {"Std:Join": "On (a text) and Values (a list)", "Std:JsonGet": "Path, and PropertyFile or S3Uri"}


def is_expression(value: Any) -> bool:
    """Whether ``value`` stands for another value."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("Get", *FUNCTIONS)


def is_intended_expression(value: Any) -> bool:
    """Whether ``value`` is an expression, or was meant to be one."""
    return is_expression(value) or (isinstance(value, dict) and any(str(key).startswith("Std:") for key in value))


def check_expression(value: dict[str, Any]) -> None:
    """Raise ExpressionError where ``value``, meant as an expression, is none; what is inside it is not looked at."""
    match value:
        case {"Get": path} if len(value) == 1:
            path_parts(path)
        case {"Std:Join": {"On": str(), "Values": list(), **more}} if len(value) == 1 and not more:
            return
        case {"Std:JsonGet": {"Path": _, **source}} if len(value) == 1 and set(source) in _JSON_SOURCES:
            return
        case _:
            wrong = next(key for key in value if key.startswith("Std:"))
            if wrong in FUNCTIONS:
                raise ExpressionError(f"is no {wrong}: that has {FUNCTIONS[wrong]}, and nothing stands beside it")
            raise ExpressionError(
                f"is no expression: there is {' and '.join(FUNCTIONS)}{did_you_mean(wrong, FUNCTIONS)}"
            )


_JSON_SOURCES = ({"PropertyFile"}, {"S3Uri"})


def with_parameters(value: Any, parameters: Mapping[str, Any]) -> Any:
    """``value`` with every expression evaluated that needs nothing but parameters; the others stay as they are."""
    if is_expression(value):
        paths = list(references(value))
        known = not _reads_a_file(value) and all(p.removeprefix("Parameters.") in parameters for p in paths)
        return evaluate(value, {"Parameters": parameters}, _no_files) if known else value
    if isinstance(value, dict):
        return {key: with_parameters(item, parameters) for key, item in value.items()}
    return [with_parameters(item, parameters) for item in value] if isinstance(value, list) else value


def _reads_a_file(value: Any) -> bool:
    match value:
        case dict():
            return "Std:JsonGet" in value or any(map(_reads_a_file, value.values()))
        case list():
            return any(map(_reads_a_file, value))
    return False


def _no_files(uri: str) -> str:
    raise ExpressionError(f"{uri} cannot be read yet")


def evaluate(value: Any, scope: Mapping[str, Any], read_text: ReadText) -> Any:
    """Replace every expression inside ``value`` by what it stands for.

    Args:
        value: any JSON value.
        scope: see the module.
        read_text: S3 URI -> the object's text; called for property files only.

    Raises:
        ExpressionError: a path that leads nowhere, or a property file that is not JSON.
    """
    match value:
        case {"Get": str(path)} if len(value) == 1:
            return lookup(path, scope)
        case {"Std:Join": {"On": on, "Values": list(values)}}:
            return str(on).join(as_text(evaluate(v, scope, read_text)) for v in values)
        case {"Std:JsonGet": dict(request)}:
            return _json_get(request, scope, read_text)
        case dict():
            return {k: evaluate(v, scope, read_text) for k, v in value.items()}
        case list():
            return [evaluate(v, scope, read_text) for v in value]
    return value


def references(value: Any) -> Iterator[str]:
    """The path of every ``Get`` inside ``value``."""
    match value:
        case {"Get": str(path)} if len(value) == 1:
            yield path
        case dict():
            for item in value.values():
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)


def lookup(path: str, scope: Any) -> Any:
    """Follow ``Steps.Name.Outputs['train'].S3Uri`` through nested dicts and lists.

    Raises:
        ExpressionError: a part of the path is not there; what is there is named.
    """
    found = scope
    for how, part in path_parts(path):
        found = _member(found, int(part) if how == "index" else part, path)
    return found


def without_root(path: str) -> str:
    """A JSON path without the ``$`` that stands for the document itself."""
    return path[1:].removeprefix(".") if path.startswith(("$.", "$[")) else path


def path_parts(path: Any) -> list[tuple[str, str]]:
    """A path as (``name``, ``key`` or ``index``, what it is).

    Raises:
        ExpressionError: it is no path.
    """
    parts, end = [], 0
    for part in _PART.finditer(path) if isinstance(path, str) else ():
        if part.start() != end:
            break
        parts.append((str(part.lastgroup), part[str(part.lastgroup)]))
        end = part.end()
    if not isinstance(path, str) or end != len(path) or not parts:
        after = repr(path[:end]) if isinstance(path, str) else "nothing"
        raise ExpressionError(f"{path!r} is not a path: expected names, ['key'] or [0] after {after}")
    return parts


def as_text(value: Any) -> str:
    """A value inside a Join: text as it is, documents as JSON."""
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _member(found: Any, key: str | int, path: str) -> Any:
    if isinstance(found, list) and isinstance(key, str):
        found = {e[n]: e for e in found if isinstance(e, dict) for n in ELEMENT_NAMES if n in e}
    try:
        return found[key]
    except (KeyError, IndexError, TypeError):
        pass
    hint = did_you_mean(str(key), found) if isinstance(found, Mapping) else ""
    raise ExpressionError(f"{path!r}: there is no {key!r}{hint}")


def _json_get(request: dict[str, Any], scope: Mapping[str, Any], read_text: ReadText) -> Any:
    """``{"PropertyFile": {"Get": ...}, "Path": ...}``, or ``{"S3Uri": ..., "Path": ...}``."""
    uri = evaluate(request.get("PropertyFile", request.get("S3Uri")), scope, read_text)
    path = evaluate(request["Path"], scope, read_text)
    try:
        document = json.loads(read_text(uri))
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise ExpressionError(f"{uri} is not JSON ({error})") from None
    try:
        return lookup(without_root(path), document)
    except ExpressionError as error:
        raise ExpressionError(f"{error} (in {uri})") from None
