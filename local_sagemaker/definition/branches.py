"""Which branches of conditions are decided by the parameters alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.conditions import holds
from local_sagemaker.definition.errors import ExpressionError
from local_sagemaker.definition.expressions import is_expression, with_parameters
from local_sagemaker.definition.parse import Definition


def not_taken(definition: Definition, values: Mapping[str, Any]) -> Iterator[str]:
    """Names of the steps that stand in a branch which these parameters rule out.

    Conditions of one step are joined by "and": one that is false rules IfSteps out, whatever the others say.
    """
    for step in definition.steps.values():
        if step.type != "Condition":
            continue
        outcomes = [_outcome(condition) for condition in with_parameters(step.arguments["Conditions"], values)]
        if False in outcomes:
            yield from step.branches.get("IfSteps", ())
        elif None not in outcomes:
            yield from step.branches.get("ElseSteps", ())


def _outcome(condition: dict[str, Any]) -> bool | None:
    """None where it depends on what a step will give, or cannot be told: then the step itself says so."""
    try:
        return None if _is_open(condition) else holds(condition)
    except ExpressionError:
        return None


def _is_open(value: Any) -> bool:
    match value:
        case dict():
            return is_expression(value) or any(map(_is_open, value.values()))
        case list():
            return any(map(_is_open, value))
    return False
