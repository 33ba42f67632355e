"""Which branch of a condition is decided by the parameters alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.definition.conditions import holds
from local_sagemaker.definition.errors import ExpressionError
from local_sagemaker.definition.expressions import is_expression, with_parameters


def ruled_out(conditions: Any, values: Mapping[str, Any]) -> str | None:
    """The branch that these parameters rule out: IfSteps, ElseSteps, or None where it depends on what steps give.

    Conditions of one step are joined by "and": one that is false rules IfSteps out, whatever the others say.
    """
    outcomes = [_outcome(c) for c in with_parameters(conditions if isinstance(conditions, list) else [], values)]
    if False in outcomes:
        return "IfSteps"
    return "ElseSteps" if outcomes and None not in outcomes else None


def _outcome(condition: Any) -> bool | None:
    """None where it depends on what a step will give, or cannot be told: then the step itself says so."""
    try:
        return None if not isinstance(condition, dict) or _is_open(condition) else holds(condition)
    except ExpressionError:
        return None


def _is_open(value: Any) -> bool:
    match value:
        case dict():
            return is_expression(value) or any(map(_is_open, value.values()))
        case list():
            return any(map(_is_open, value))
    return False
