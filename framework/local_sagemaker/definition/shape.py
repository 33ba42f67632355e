"""Shapes of values, with the words of botocore's model of the service, for what that model has no shapes of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Shape:
    """What may stand somewhere. ``type_name`` is botocore's, or ``any``.

    ``choose`` picks the shape that counts by the value: a step is of its type's shape. ``metadata`` has min and max (of
    a number, else of the length), pattern and enum.
    """

    name: str
    type_name: str
    members: dict[str, Any] = field(default_factory=dict)
    required_members: tuple[str, ...] = ()
    member: Any = None
    key: Any = None
    value: Any = None
    metadata: dict[str, Any] = field(default_factory=dict)
    choose: Callable[[Any], Any] | None = None


def text(name: str, **limits: Any) -> Shape:
    """A string."""
    return Shape(name, "string", metadata=limits)


def number(name: str, kind: str = "integer", **limits: Any) -> Shape:
    """An integer, or a float."""
    return Shape(name, kind, metadata=limits)


def list_of(member: Any, name: str = "", **limits: Any) -> Shape:
    """A list, each entry of one shape."""
    return Shape(name or f"{member.name}s", "list", member=member, metadata=limits)


def structure(name: str, members: Mapping[str, Any], *required: str) -> Shape:
    """An object with these members and no other."""
    return Shape(name, "structure", dict(members), required)


def one_of(name: str, choose: Callable[[Any], Any]) -> Shape:
    """What ``choose`` says for the value that stands there."""
    return Shape(name, "any", choose=choose)


ANY, BOOLEAN, STRING = Shape("Any", "any"), Shape("Boolean", "boolean"), text("String")
OBJECT = Shape("Object", "map", key=ANY, value=ANY)
