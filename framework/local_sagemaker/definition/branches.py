"""Which branches of a condition are decided by the parameters alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.definition.conditions import holds
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import is_expression, with_parameters
from local_sagemaker.definition.language import BRANCHES
from local_sagemaker.definition.slots import list_items


def excluded_steps(conditions: Any, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The branches that these parameters rule out; none where it depends on what steps give.

    Conditions of one step are joined by "and": one that is false rules IfSteps out, whatever the others say. Where they
    cannot be compared, the condition step fails, and neither branch runs.
    """
    try:
        outcomes = [_outcome(c) for c in with_parameters(list_items(conditions), values)]
    except ExpressionError:
        return BRANCHES
    if False in outcomes:
        return ("IfSteps",)
    return ("ElseSteps",) if outcomes and None not in outcomes else ()


def _outcome(condition: Any) -> bool | None:
    """None where it depends on what a step will give."""
    return None if not isinstance(condition, dict) or _is_open(condition) else holds(condition)


def _is_open(value: Any) -> bool:
    match value:
        case dict():
            return is_expression(value) or any(map(_is_open, value.values()))
        case list():
            return any(map(_is_open, value))
    return False
