"""Define shapes in the style of botocore's model, for the parts of a definition that botocore does not cover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Shape:
    """The values that one place of a definition allows; ``type_name`` is one of botocore's type names, or ``any``.

    ``choose`` maps a value to its actual shape: a step's shape depends on its type. ``metadata`` can hold min and max
    (of the number; for other types, of the length), pattern and enum.
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


def string(name: str, **limits: Any) -> Shape:
    """Return the shape of a string."""
    return Shape(name, "string", metadata=limits)


def number(name: str, type_name: str = "integer", **limits: Any) -> Shape:
    """Return the shape of a number; ``type_name`` is ``integer`` or ``float``."""
    return Shape(name, type_name, metadata=limits)


def list_of(member: Any, name: str = "", **limits: Any) -> Shape:
    """Return the shape of a list whose entries all have the shape ``member``."""
    return Shape(name or f"{member.name}s", "list", member=member, metadata=limits)


def structure(name: str, members: Mapping[str, Any], *required: str) -> Shape:
    """Return the shape of an object that allows only these members."""
    return Shape(name, "structure", dict(members), required)


def one_of(name: str, choose: Callable[[Any], Any]) -> Shape:
    """Return a placeholder of type ``any`` that ``choose`` replaces by the shape for the actual value."""
    return Shape(name, "any", choose=choose)


ANY, BOOLEAN, STRING = Shape("Any", "any"), Shape("Boolean", "boolean"), string("String")
OBJECT = Shape("Object", "map", key=ANY, value=ANY)
