"""Evaluate the expressions of a definition: ``Get``, ``Std:Join``, ``Std:JsonGet``.

A scope is nested dicts and lists: ``{"Parameters": {...}, "Execution": {...}, "Steps": {name: properties}}``. A path
may select an element of a list by name, ``Outputs['train']``, if the elements have a member for their name.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.near_names import did_you_mean

#: One part of a path: ``.name``, ``['key']`` or ``[0]``.
_PART = re.compile(r"\.?(?P<name>\w[\w-]*)|\[['\"](?P<key>[^'\"]*)['\"]\]|\[(?P<index>\d+)\]")

#: The members that may hold the name by which a path selects an element of a list.
ELEMENT_NAMES = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")

ReadText = Callable[[str], str]
#: Name of a function -> its members, for error messages.
FUNCTION_MEMBERS = {"Std:Join": "On (a string) and Values (a list)", "Std:JsonGet": "Path, and PropertyFile or S3Uri"}


def is_expression(value: Any) -> bool:
    """Return whether ``value`` is an expression, which stands for another value."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("Get", *FUNCTION_MEMBERS)


def is_intended_expression(value: Any) -> bool:
    """Return whether ``value`` is an expression, or looks like a misspelt one."""
    return is_expression(value) or (isinstance(value, dict) and any(str(key).startswith("Std:") for key in value))


def check_expression(value: dict[str, Any]) -> None:
    """Raise ExpressionError unless ``value``, an intended expression, is valid; nested values are not checked."""
    match value:
        case {"Get": path} if len(value) == 1:
            path_parts(path)
        case {"Std:Join": {"On": str(), "Values": list(), **more}} if len(value) == 1 and not more:
            return
        case {"Std:JsonGet": {"Path": _, **source}} if len(value) == 1 and set(source) in _JSON_SOURCES:
            return
        case _:
            wrong = next(key for key in value if key.startswith("Std:"))
            if wrong in FUNCTION_MEMBERS:
                raise ExpressionError(f"is not a valid {wrong}: it needs {FUNCTION_MEMBERS[wrong]}, and nothing else")
            raise ExpressionError(
                f"is not an expression; use {' or '.join(FUNCTION_MEMBERS)}{did_you_mean(wrong, FUNCTION_MEMBERS)}"
            )


_JSON_SOURCES = ({"PropertyFile"}, {"S3Uri"})


def with_parameters(value: Any, parameters: Mapping[str, Any]) -> Any:
    """Evaluate the expressions in ``value`` that need only these parameters; return all others unchanged."""
    if is_expression(value):
        paths = list(references(value))
        is_known = not _reads_file(value) and all(p.removeprefix("Parameters.") in parameters for p in paths)
        return evaluate(value, {"Parameters": parameters}, _refuse_file) if is_known else value
    if isinstance(value, dict):
        return {key: with_parameters(item, parameters) for key, item in value.items()}
    return [with_parameters(item, parameters) for item in value] if isinstance(value, list) else value


def _reads_file(value: Any) -> bool:
    match value:
        case dict():
            return "Std:JsonGet" in value or any(map(_reads_file, value.values()))
        case list():
            return any(map(_reads_file, value))
    return False


def _refuse_file(uri: str) -> str:
    raise ExpressionError(f"{uri} cannot be read yet")


def evaluate(value: Any, scope: Mapping[str, Any], read_text: ReadText) -> Any:
    """Replace every expression inside ``value`` by its result.

    Args:
        value: any JSON value.
        scope: as the module describes.
        read_text: takes an S3 URI and returns the object's text; called for property files only.

    Raises:
        ExpressionError: a path leads nowhere or to NaN, or a property file is not JSON.
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
    """Yield the path of every ``Get`` inside ``value``."""
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
        ExpressionError: a part of the path does not exist; the message suggests a similar name.
    """
    value = scope
    for part_type, part in path_parts(path):
        value = _member(value, int(part) if part_type == "index" else part, path)
    return value


def strip_root(path: str) -> str:
    """Return a JSON path without the leading ``$`` that stands for the document itself."""
    return path[1:].removeprefix(".") if path.startswith(("$.", "$[")) else path


def path_parts(path: Any) -> list[tuple[str, str]]:
    """Split a path into pairs: the type of each part (``name``, ``key`` or ``index``) and the part itself.

    Raises:
        ExpressionError: it is not a path.
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
    """Return a value as text for a Join: objects, lists and Booleans as JSON."""
    return json.dumps(value) if isinstance(value, dict | list | bool) else str(value)


def _member(value: Any, key: str | int, path: str) -> Any:
    if isinstance(value, list) and isinstance(key, str):
        value = {e[n]: e for e in value if isinstance(e, dict) for n in ELEMENT_NAMES if n in e}
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        pass
    hint = did_you_mean(str(key), value) if isinstance(value, Mapping) else ""
    raise ExpressionError(f"{path!r}: there is no {key!r}{hint}")


def _json_get(request: dict[str, Any], scope: Mapping[str, Any], read_text: ReadText) -> Any:
    """Evaluate the members of a Std:JsonGet: Path, and PropertyFile (``{"Get": ...}``) or S3Uri."""
    uri = evaluate(request.get("PropertyFile", request.get("S3Uri")), scope, read_text)
    path = evaluate(request["Path"], scope, read_text)
    try:
        document = json.loads(read_text(uri))
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise ExpressionError(f"{uri} is not JSON ({error})") from None
    try:
        value = lookup(strip_root(path), document)
    except ExpressionError as error:
        raise ExpressionError(f"{error} (in {uri})") from None
    if isinstance(value, float) and math.isnan(value):
        raise ExpressionError(f"{path!r} is NaN in {uri}; nothing is greater or less than NaN")
    return value
