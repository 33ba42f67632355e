"""Whether a step's Arguments are a request of the operation that the step becomes.

The operation's shape comes from outside (botocore's model), so that this stays the standard library alone. An
expression is let pass: what it stands for is known later. A pipeline travels as one text, so nobody else checks this
before the job is created.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from local_sagemaker.definition.errors import did_you_mean
from local_sagemaker.definition.expressions import is_expression

#: New instance types come faster than models of the API.
OPEN_ENUMS = ("InstanceType",)

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


def problems(shape: Any, value: Any, path: str = "Arguments") -> Iterator[str]:
    """What does not fit, each with its path: unknown and missing members, types, minimums, enums.

    Args:
        shape: botocore's shape, e.g. of an operation's input.
        value: the arguments, expressions and all.
        path: where the value stands.
    """
    if is_expression(value) and not (shape.type_name == "structure" and set(value) <= shape.members.keys()):
        return
    wanted = TYPES.get(shape.type_name, (object,))
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted and object not in wanted):
        yield f"{path} must be a {shape.type_name}, not {value!r}"
        return
    yield from CHECKS.get(shape.type_name, _scalar)(shape, value, path)


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in value.keys() - shape.members.keys():
        yield f"{path} has no member {name!r}{did_you_mean(name, shape.members)}"
    for name in shape.required_members:
        if name not in value:
            yield f"{path} needs {name}"
    for name, member in shape.members.items():
        if name in value:
            yield from problems(member, value[name], f"{path}.{name}")


def _list(shape: Any, value: list[Any], path: str) -> Iterator[str]:
    for number, item in enumerate(value):
        yield from problems(shape.member, item, f"{path}[{number}]")


def _map(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for key, item in value.items():
        yield from problems(shape.value, item, f"{path}[{key!r}]")


def _scalar(shape: Any, value: Any, path: str) -> Iterator[str]:
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if minimum is not None and value < minimum:
            yield f"{path} is {value}; it must be at least {minimum}"
        if maximum is not None and value > maximum:
            yield f"{path} is {value}; it must be at most {maximum}"
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed and not shape.name.endswith(OPEN_ENUMS):
        yield f"{path} is {value!r}; it must be one of {', '.join(allowed)}{did_you_mean(str(value), allowed)}"


CHECKS: dict[str, Callable[[Any, Any, str], Iterator[str]]] = {"structure": _structure, "list": _list, "map": _map}
