"""Check whether a value fits its shape, and report the constraint that it violates, with a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from local_sagemaker.definition.patterns import matches
from local_sagemaker.near_names import did_you_mean

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
}
#: Type of a shape -> its name in messages.
_TYPE_TEXTS = {
    "boolean": "true or false",
    "double": "a number",
    "float": "a number",
    "integer": "an integer",
    "list": "a list",
    "long": "an integer",
    "map": "an object",
    "string": "a string",
    "structure": "an object",
}
#: New instance types appear faster than new models of the API.
_OPEN_ENUM = "InstanceType"
_MAX_SHOWN = 120


class Misfit(NamedTuple):
    """What is wrong with a value.

    ``constraint`` is type, value, instance_type, range, length or pattern; ``message`` continues the value's path.
    """

    constraint: str
    message: str


def misfit(shape: Any, value: Any) -> Misfit | None:
    """Return how a literal violates its shape, or None if it fits; members of an object are not checked."""
    types = JSON_TYPES.get(shape.type_name)
    if types is None:
        return None
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return Misfit("type", f"must be {_TYPE_TEXTS.get(shape.type_name, shape.type_name)}; it is {shorten(value)}")
    return next((wrong for check in SHAPE_CHECKS[type(value)] if (wrong := check(shape, value))), None)


def shorten(value: Any) -> str:
    """Return a value as JSON, truncated if it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _check_value(shape: Any, value: Any) -> Misfit | None:
    allowed = shape.metadata.get("enum")
    if not allowed or value in allowed:
        return None
    hint = did_you_mean(value, allowed)
    if shape.name.endswith(_OPEN_ENUM):
        return Misfit("instance_type", f"is {value!r}, which this version of botocore does not know{hint}")
    return Misfit("value", f"is {shorten(value)}; it must be one of {', '.join(map(str, allowed))}{hint}")


def _check_range(shape: Any, value: float) -> Misfit | None:
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    if lowest is not None and value < lowest:
        return Misfit("range", f"is {value}; it must be at least {lowest}")
    if highest is not None and value > highest:
        return Misfit("range", f"is {value}; it must be at most {highest}")
    return None


def length_misfit(shape: Any, length: int, is_least: bool = False) -> Misfit | None:
    """Return how a length violates its shape, or None; ``is_least`` means that the final length may be greater."""
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    unit = {"string": "characters", "list": "entries"}.get(shape.type_name, "members")
    if highest is not None and length > highest:
        return Misfit("length", f"has {'at least ' * is_least}{length} {unit}; it must have at most {highest}")
    if lowest is not None and length < lowest and not is_least:
        return Misfit("length", f"has {length} {unit}; it must have at least {lowest}")
    return None


def _check_length(shape: Any, value: Any) -> Misfit | None:
    return length_misfit(shape, len(value))


def _check_pattern(shape: Any, value: str) -> Misfit | None:
    pattern = shape.metadata.get("pattern")
    if not pattern or matches(pattern, value):
        return None
    return Misfit("pattern", f"is {shorten(value)}; it must have the form {pattern}")


SHAPE_CHECKS: dict[type, tuple[Callable[[Any, Any], Misfit | None], ...]] = {
    bool: (),
    dict: (_check_length,),
    float: (_check_range,),
    int: (_check_range,),
    list: (_check_length,),
    str: (_check_value, _check_length, _check_pattern),
}
