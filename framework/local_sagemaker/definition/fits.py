"""Whether a value is what its shape says: one table of checks, the kind of misfit, and words for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from local_sagemaker.near_names import did_you_mean

TYPES: dict[str, tuple[type, ...]] = {
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
#: A shape's type -> what a person calls it.
_IN_JSON = {
    "boolean": "true or false",
    "double": "a number",
    "float": "a number",
    "integer": "a whole number",
    "list": "a list",
    "long": "a whole number",
    "map": "an object",
    "string": "a text",
    "structure": "an object",
}
#: New instance types come faster than models of the API.
_OPEN_ENUM = "InstanceType"
_SHOWN = 120


class Misfit(NamedTuple):
    """``kind``: type, value, instance_type, range, length or pattern. ``message`` go on after the value's place."""

    kind: str
    message: str


def misfit(shape: Any, value: Any) -> Misfit | None:
    """What of a literal does not fit its shape, or None; members of an object are not looked into."""
    wanted = TYPES.get(shape.type_name)
    if wanted is None:
        return None
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        return Misfit("type", f"must be {_IN_JSON.get(shape.type_name, shape.type_name)}; it is {shorten(value)}")
    return next((found for check in SHAPE_CHECKS[type(value)] if (found := check(shape, value))), None)


def shorten(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    words = json.dumps(value, ensure_ascii=False)
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}..."


def _allowed(shape: Any, value: Any) -> Misfit | None:
    allowed = shape.metadata.get("enum")
    if not allowed or value in allowed:
        return None
    hint = did_you_mean(value, allowed)
    if shape.name.endswith(_OPEN_ENUM):
        return Misfit("instance_type", f"is {value!r}, which this version of botocore does not know{hint}")
    return Misfit("value", f"is {shorten(value)}; it must be one of {', '.join(map(str, allowed))}{hint}")


def _in_range(shape: Any, value: float) -> Misfit | None:
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    if lowest is not None and value < lowest:
        return Misfit("range", f"is {value}; it must be at least {lowest}")
    if highest is not None and value > highest:
        return Misfit("range", f"is {value}; it must be at most {highest}")
    return None


def length_misfit(shape: Any, length: int, is_least: bool = False) -> Misfit | None:
    """A length that its shape does not allow; ``is_least`` where more will come to it."""
    lowest, highest = shape.metadata.get("min"), shape.metadata.get("max")
    what = {"string": "characters", "list": "entries"}.get(shape.type_name, "members")
    if highest is not None and length > highest:
        return Misfit("length", f"has {'at least ' * is_least}{length} {what}; it must have at most {highest}")
    if lowest is not None and length < lowest and not is_least:
        return Misfit("length", f"has {length} {what}; it must have at least {lowest}")
    return None


def _long(shape: Any, value: Any) -> Misfit | None:
    return length_misfit(shape, len(value))


def _formed(shape: Any, value: str) -> Misfit | None:
    pattern = _compiled(shape.metadata.get("pattern"))
    if pattern is None or pattern.fullmatch(value):
        return None
    return Misfit("pattern", f"is {shorten(value)}; it must have the form {shape.metadata['pattern']}")


@cache
def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    """Some of the service's patterns are none that Python reads (``\\p{L}``); those are not checked."""
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None


SHAPE_CHECKS: dict[type, tuple[Callable[[Any, Any], Misfit | None], ...]] = {
    bool: (),
    dict: (_long,),
    float: (_in_range,),
    int: (_in_range,),
    list: (_long,),
    str: (_allowed, _long, _formed),
}
