"""The conditions of a Condition step: whether they are ones, and what they come to once their values are known.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from local_sagemaker.definition.errors import DefinitionError, ExpressionError, did_you_mean

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


def check_conditions(step: str, conditions: Any) -> None:
    """Raise DefinitionError unless ``conditions`` is a list of at least one, and each is whole."""
    if not isinstance(conditions, list) or not conditions:
        raise DefinitionError(f"step {step!r}: Conditions must be a list of at least one condition")
    for condition in conditions:
        _check(step, condition)


def _check(step: str, condition: Any) -> None:
    kind = condition.get("Type") if isinstance(condition, dict) else None
    if not isinstance(kind, str) or kind not in MEMBERS:
        found, hint = repr(kind if kind is not None else condition), did_you_mean(str(kind), MEMBERS)
        raise DefinitionError(f"step {step!r}: unknown condition {found}{hint}; known: {', '.join(MEMBERS)}")
    for member in MEMBERS[kind]:
        if member not in condition:
            raise DefinitionError(f"step {step!r}: the condition {kind} needs {' and '.join(MEMBERS[kind])}")
    if kind == "Not":
        _check(step, condition["Condition"])
    if kind == "Or":
        check_conditions(step, condition["Conditions"])
    if kind == "In" and not isinstance(condition["Values"], list):
        raise DefinitionError(f"step {step!r}: Values of the condition In must be a list")


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
        case {"Type": kind, "LeftValue": left, "RightValue": right} if kind in COMPARE:
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
