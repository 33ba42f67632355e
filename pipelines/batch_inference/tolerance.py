"""Constraints of model quality with a tolerance: a batch is a sample, and its metrics are never quite the registered.

Model Monitor itself has none: a metric that is worse by its last digit is a violation.
"""

from __future__ import annotations

from typing import Any

#: Operator of a constraint -> the direction in which its threshold gives way.
DIRECTION = {"GreaterThanThreshold": 1.0, "LessThanThreshold": -1.0}


def relax_constraints(constraints: Any, tolerance: float) -> Any:
    """The document with each threshold moved by ``tolerance`` of its size, to where the metric is worse.

    Members that are no constraints stay as they are: whoever reads the document says what is wrong with it.
    """
    if not isinstance(constraints, dict):
        return constraints
    return {name: _family(member, tolerance) for name, member in constraints.items()}


def _family(member: Any, tolerance: float) -> Any:
    if not isinstance(member, dict):
        return member
    return {metric: _constraint(constraint, tolerance) for metric, constraint in member.items()}


def _constraint(constraint: Any, tolerance: float) -> Any:
    if not isinstance(constraint, dict):
        return constraint
    threshold, direction = constraint.get("threshold"), DIRECTION.get(str(constraint.get("comparison_operator")))
    if not isinstance(threshold, int | float) or isinstance(threshold, bool) or direction is None:
        return constraint
    return constraint | {"threshold": threshold + direction * tolerance * abs(threshold)}
