"""The conditions of a Condition step: what they have, and what they come to once their values are known.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from local_sagemaker.definition.definition_errors import ExpressionError

_PAIR = ("LeftValue", "RightValue")
#: Condition -> the members that it has beside its Type.
MEMBERS: dict[str, tuple[str, ...]] = {
    "Equals": _PAIR,
    "GreaterThan": _PAIR,
    "GreaterThanOrEqualTo": _PAIR,
    "LessThan": _PAIR,
    "LessThanOrEqualTo": _PAIR,
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def holds(condition: dict[str, Any]) -> bool:
    """Whether one condition, with its values evaluated, is true.

    Raises:
        ExpressionError: a condition of an unknown kind, or values that cannot be compared.
    """
    match condition:
        case {"Type": "Not", "Condition": inner}:
            return not holds(inner)
        case {"Type": "Or", "Conditions": inner}:
            return any(map(holds, inner))
        case {"Type": "In", "QueryValue": value, "Values": values}:
            return any(_same_kind(value, v) and value == v for v in values)
        case {"Type": str(kind), "LeftValue": left, "RightValue": right} if kind in COMPARE:
            return _compare(kind, left, right)
    known = ", ".join(["In", "Not", "Or", *COMPARE])
    raise ExpressionError(f"unknown condition {condition.get('Type')!r}; known: {known}")


def _compare(kind: str, left: Any, right: Any) -> bool:
    if not _same_kind(left, right):
        raise ExpressionError(f"cannot compare {left!r} with {right!r}: one is no {_kind(left)}")
    return COMPARE[kind](left, right)


def _same_kind(left: Any, right: Any) -> bool:
    return _kind(left) == _kind(right)


def _kind(value: Any) -> str:
    """In Python True equals 1; in a definition a Boolean is no number."""
    names = {bool: "Boolean", int: "number", float: "number", str: "String"}
    return names.get(type(value), type(value).__name__)
