"""Conditions and what follows from them."""

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


def passes(name: str, gate: Gate, value: Any, *, then: Sequence[Any], otherwise: Sequence[Any]) -> ConditionStep:
    """``then`` where the value passes the gate, else ``otherwise``."""
    compare = at_most if gate.is_error else at_least
    return when(name, compare(value, gate.threshold), then=then, otherwise=otherwise)


def when(
    name: str, *conditions: Any, then: Sequence[Any], otherwise: Sequence[Any] = (), after: Sequence[Any] = ()
) -> ConditionStep:
    """``then`` where every condition holds, else ``otherwise``; looked at when the steps of ``after`` have ended."""
    return ConditionStep(
        name,
        conditions=list(conditions),
        if_steps=sdk_steps(then),
        else_steps=sdk_steps(otherwise),
        depends_on=list(after) or None,
    )


def is_true(value: Any) -> ConditionEquals:
    """The condition that a Boolean parameter is true."""
    return ConditionEquals(left=value, right=True)


def at_least(value: Any, limit: Any) -> ConditionGreaterThanOrEqualTo:
    """The condition that a number is as large as the limit."""
    return ConditionGreaterThanOrEqualTo(left=value, right=limit)


def at_most(value: Any, limit: Any) -> ConditionLessThanOrEqualTo:
    """The condition that a number is no larger than the limit."""
    return ConditionLessThanOrEqualTo(left=value, right=limit)


def fail(name: str, *words: Any) -> FailStep:
    """A step that ends the execution as failed; the words, text or values known at run time, are its message."""
    return FailStep(name, error_message=Join(on=" ", values=list(words)))
