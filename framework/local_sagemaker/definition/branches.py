"""Find the branches of a condition that the parameters alone rule out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.definition.conditions import holds
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import is_expression, with_parameters
from local_sagemaker.definition.language import BRANCHES
from local_sagemaker.definition.slots import list_items


def excluded_branches(conditions: Any, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the branches that these parameters rule out, or none if the outcome depends on the results of steps.

    The conditions of a step are joined by "and": a false one rules out IfSteps, whatever the outcome of the others. If
    the values cannot be compared, the condition step fails, and neither branch runs.
    """
    try:
        outcomes = [_outcome(c) for c in with_parameters(list_items(conditions), values)]
    except ExpressionError:
        return BRANCHES
    if False in outcomes:
        return ("IfSteps",)
    return ("ElseSteps",) if outcomes and None not in outcomes else ()


def _outcome(condition: Any) -> bool | None:
    """Return whether the condition is true, or None if that depends on the result of a step."""
    return None if not isinstance(condition, dict) or _has_expressions(condition) else holds(condition)


def _has_expressions(value: Any) -> bool:
    match value:
        case dict():
            return is_expression(value) or any(map(_has_expressions, value.values()))
        case list():
            return any(map(_has_expressions, value))
    return False
