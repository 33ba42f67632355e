"""Build conditions, the steps that branch on them, and steps that fail the execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.steps.context import sdk_steps
from pipelines.steps.use_case import Gate

from sagemaker.core.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
    ConditionLessThanOrEqualTo,
)
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep


def check_gate(name: str, gate: Gate, value: Any, *, then: Sequence[Any], otherwise: Sequence[Any]) -> ConditionStep:
    """Return a step that runs ``then`` if the value passes the gate, else ``otherwise``."""
    compare = at_most if gate.is_error else at_least
    return branch(name, compare(value, gate.threshold), then=then, otherwise=otherwise)


def branch(
    name: str, *conditions: Any, then: Sequence[Any], otherwise: Sequence[Any] = (), after: Sequence[Any] = ()
) -> ConditionStep:
    """Return a step that runs ``then`` if every condition is true, else ``otherwise``.

    The conditions are evaluated once the steps of ``after`` have ended.
    """
    return ConditionStep(
        name,
        conditions=list(conditions),
        if_steps=sdk_steps(then),
        else_steps=sdk_steps(otherwise),
        depends_on=list(after) or None,
    )


def is_true(value: Any) -> ConditionEquals:
    """Return the condition that a Boolean parameter is true."""
    return ConditionEquals(left=value, right=True)


def at_least(value: Any, limit: Any) -> ConditionGreaterThanOrEqualTo:
    """Return the condition that a number is at least the limit."""
    return ConditionGreaterThanOrEqualTo(left=value, right=limit)


def at_most(value: Any, limit: Any) -> ConditionLessThanOrEqualTo:
    """Return the condition that a number is at most the limit."""
    return ConditionLessThanOrEqualTo(left=value, right=limit)


def fail(name: str, *message: Any) -> FailStep:
    """Return a step that fails the execution; parts of its message may be values that are known at run time only."""
    return FailStep(name, error_message=Join(on=" ", values=list(message)))


#: The former names; CHANGELOG.md lists all of these.
passes, when = check_gate, branch
