"""Pair every value of a definition with the shape that it must have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from local_sagemaker.definition.expressions import is_intended_expression

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*")


class Slot(NamedTuple):
    """A place in a definition; ``path`` is what jq takes after a dot.

    ``is_open`` means that the value is an expression, whose result is not known yet.
    """

    path: str
    value: Any
    shape: Any
    is_open: bool


def slots(value: Any, shape: Any, path: str = "") -> Iterator[Slot]:
    """Yield the slot of ``value`` and, if it fits its shape, the slots inside it, except for members that are null.

    The inside of an expression is skipped, as it is not part of the request.
    """
    while choose := getattr(shape, "choose", None):
        shape = choose(value)
    is_open = is_intended_expression(value) and not (
        shape.type_name == "structure" and set(value) <= shape.members.keys()
    )
    yield Slot(path, value, shape, is_open)
    for inner, item, place in () if is_open else _inner_values(value, shape, path):
        if item is not None or isinstance(value, list):
            yield from slots(item, inner, place)


def _inner_values(value: Any, shape: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """Yield the shape, value and path of each member of an object or entry of a list."""
    match value:
        case dict() if shape.type_name == "structure":
            yield from ((shape.members[n], item, join_path(path, n)) for n, item in value.items() if n in shape.members)
        case dict() if shape.type_name == "map":
            yield from ((shape.value, item, join_path(path, name)) for name, item in value.items())
        case list() if shape.type_name == "list":
            yield from ((shape.member, item, f"{path}[{number}]") for number, item in enumerate(value))


def list_items(value: Any) -> list[Any]:
    """Return ``value`` if it is a list, else an empty list."""
    return value if isinstance(value, list) else []


def objects(value: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return the path and value of each object in a list; anything else is left out."""
    return [(f"{path}[{number}]", entry) for number, entry in enumerate(list_items(value)) if isinstance(entry, dict)]


def join_path(path: str, name: str) -> str:
    """Return the path of a member: a dot and its name, or the name as JSON in brackets."""
    if not _PLAIN_NAME.fullmatch(name):
        return f"{path}[{json.dumps(name)}]"
    return f"{path}.{name}" if path else name
