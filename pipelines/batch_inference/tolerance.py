"""Give the constraints of model quality a tolerance: a batch is a sample, so its metrics never equal the registered
ones.

Model Monitor itself has none: a metric that is worse by its last digit is a violation.
"""

from __future__ import annotations

from typing import Any

#: Operator of a constraint -> the direction in which its threshold is relaxed.
DIRECTIONS = {"GreaterThanThreshold": 1.0, "LessThanThreshold": -1.0}


def relax_constraints(constraints: Any, tolerance: float) -> Any:
    """Return the document with each threshold moved by ``tolerance`` of its size, to where the metric is worse.

    Members that are not constraints stay as they are: the analysis that reads the document reports what is wrong.
    """
    if not isinstance(constraints, dict):
        return constraints
    return {name: _relax_family(member, tolerance) for name, member in constraints.items()}


def _relax_family(member: Any, tolerance: float) -> Any:
    if not isinstance(member, dict):
        return member
    return {metric: _relax_constraint(constraint, tolerance) for metric, constraint in member.items()}


def _relax_constraint(constraint: Any, tolerance: float) -> Any:
    if not isinstance(constraint, dict):
        return constraint
    threshold, direction = constraint.get("threshold"), DIRECTIONS.get(str(constraint.get("comparison_operator")))
    if not isinstance(threshold, int | float) or isinstance(threshold, bool) or direction is None:
        return constraint
    return constraint | {"threshold": threshold + direction * tolerance * abs(threshold)}
