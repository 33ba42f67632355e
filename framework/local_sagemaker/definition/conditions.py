"""Describe the conditions of a Condition step: their members, and how they are decided once their values are known.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from local_sagemaker.definition.definition_errors import ExpressionError

_PAIR = ("LeftValue", "RightValue")
#: Condition type -> its members besides Type.
CONDITION_MEMBERS: dict[str, tuple[str, ...]] = {
    "Equals": _PAIR,
    "GreaterThan": _PAIR,
    "GreaterThanOrEqualTo": _PAIR,
    "LessThan": _PAIR,
    "LessThanOrEqualTo": _PAIR,
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def holds(condition: dict[str, Any]) -> bool:
    """Return whether a condition is true, given that the expressions in it have been evaluated.

    Raises:
        ExpressionError: the condition has an unknown type, or its values cannot be compared.
    """
    match condition:
        case {"Type": "Not", "Condition": inner}:
            return not holds(inner)
        case {"Type": "Or", "Conditions": inner}:
            return any(map(holds, inner))
        case {"Type": "In", "QueryValue": value, "Values": values}:
            return any(_have_same_type(value, v) and value == v for v in values)
        case {"Type": str(name), "LeftValue": left, "RightValue": right} if name in COMPARISONS:
            return _compare(name, left, right)
    known_types = ", ".join(["In", "Not", "Or", *COMPARISONS])
    raise ExpressionError(f"unknown condition {condition.get('Type')!r}; known: {known_types}")


def _compare(name: str, left: Any, right: Any) -> bool:
    if not _have_same_type(left, right):
        raise ExpressionError(f"cannot compare {left!r} with {right!r}: {_value_type(left)} and {_value_type(right)}")
    if left != left or right != right:  # NaN: a condition on it must not pass, nor its opposite
        raise ExpressionError(f"cannot compare {left!r} with {right!r}: nothing is greater or less than NaN")
    return COMPARISONS[name](left, right)


def _have_same_type(left: Any, right: Any) -> bool:
    return _value_type(left) == _value_type(right)


def _value_type(value: Any) -> str:
    """Return the value's type in a definition, where a Boolean is not a number (in Python, True equals 1)."""
    names = {bool: "Boolean", int: "number", float: "number", str: "String"}
    return names.get(type(value), type(value).__name__)
