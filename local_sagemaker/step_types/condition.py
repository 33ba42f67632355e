"""Condition takes IfSteps when every condition holds, ElseSteps otherwise.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import JobError
from local_sagemaker.step_types.handler import Outcome, Request

TYPE = "Condition"
FIDELITY = "executed"

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def start(account: Account, request: Request) -> Outcome:
    """Succeeds with the outcome "True" or "False".

    Raises:
        JobError: a condition of an unknown kind, or values that cannot be compared.
    """
    outcome = all(map(holds, request.arguments["Conditions"]))
    not_taken = request.branches.get("ElseSteps" if outcome else "IfSteps", ())
    result = {"Outcome": str(outcome)}
    return Outcome("Succeeded", result, {"Condition": result}, not_taken=not_taken)


def holds(condition: dict[str, Any]) -> bool:
    """Whether one condition, with its values evaluated, is true."""
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
    raise JobError(f"ClientError: unknown condition {condition.get('Type')!r}; known: {known}")


def _compare(kind: str, left: Any, right: Any) -> bool:
    if not _same_kind(left, right):
        raise JobError(f"ClientError: cannot compare {left!r} with {right!r}: one is no {_kind(left)}")
    return COMPARE[kind](left, right)


def _same_kind(left: Any, right: Any) -> bool:
    return _kind(left) == _kind(right)


def _kind(value: Any) -> str:
    """In Python True equals 1; in a definition a Boolean is no number."""
    names = {bool: "Boolean", int: "number", float: "number", str: "String"}
    return names.get(type(value), type(value).__name__)
