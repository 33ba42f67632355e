"""Every value of a definition beside the shape of what may stand in its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from local_sagemaker.definition.expressions import is_intended_expression

_PLAIN = re.compile(r"[A-Za-z_]\w*")


class Slot(NamedTuple):
    """A place of a definition: ``path`` is what jq takes after a dot, ``value`` what stands there.

    ``is_open``: an expression stands there, for a value that comes later.
    """

    path: str
    value: Any
    shape: Any
    is_open: bool


def slots(value: Any, shape: Any, path: str = "") -> Iterator[Slot]:
    """The place of ``value`` and, where it is as its shape says, those inside it; null is nothing at all.

    An expression is not entered: its inside is no value of the request.
    """
    while choose := getattr(shape, "choose", None):
        shape = choose(value)
    is_open = is_intended_expression(value) and not (
        shape.type_name == "structure" and set(value) <= shape.members.keys()
    )
    yield Slot(path, value, shape, is_open)
    for inner, item, place in () if is_open else _inside(value, shape, path):
        if item is not None:
            yield from slots(item, inner, place)


def _inside(value: Any, shape: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    """Shape, value and path of what is in an object or a list."""
    match value:
        case dict() if shape.type_name == "structure":
            yield from ((shape.members[n], item, join_path(path, n)) for n, item in value.items() if n in shape.members)
        case dict() if shape.type_name == "map":
            yield from ((shape.value, item, join_path(path, name)) for name, item in value.items())
        case list() if shape.type_name == "list":
            yield from ((shape.member, item, f"{path}[{number}]") for number, item in enumerate(value))


def list_items(value: Any) -> list[Any]:
    """A list as it is; an empty one where something else stands in its place."""
    return value if isinstance(value, list) else []


def objects(value: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Path and value of each object in what should be a list of such; whatever else is there, is left out."""
    return [(f"{path}[{number}]", entry) for number, entry in enumerate(list_items(value)) if isinstance(entry, dict)]


def join_path(path: str, name: str) -> str:
    """The path of a member."""
    if not _PLAIN.fullmatch(name):
        return f"{path}[{json.dumps(name)}]"
    return f"{path}.{name}" if path else name
