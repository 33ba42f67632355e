"""Write constraint_violations.json of model quality, in the analyzer's order and with its texts.

f0_5 and weighted_f0_5 are never reported, although constraints have them: AWS's analyzer and ``compat`` do the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

from model_monitor.documents import java_double
from model_monitor.model_quality.constraints import Constraint
from model_monitor.model_quality.folds import Metrics
from model_monitor.model_quality.problem_types import ProblemType

METHODS = ("compat", "exact")


def list_violations(
    problem: ProblemType, metrics: Metrics, deviations: Metrics, constraints: Mapping[str, Constraint], method: str
) -> list[dict[str, str]]:
    """List the violations.

    Args:
        problem: the problem's type.
        metrics, deviations: of the current data.
        constraints: metric -> what the baseline requires.
        method: compat, or exact, which reports f0_5 too.
    """
    unordered = (
        [name for name in problem.constrained if name not in problem.violation_order] if method == "exact" else []
    )
    return [
        _violation(name, metrics[name], deviations[name], constraints[name])
        for name in (*problem.violation_order, *unordered)
        if name in constraints and constraints[name].is_violated_by(metrics[name])
    ]


def _violation(metric: str, value: float | None, deviation: float | None, constraint: Constraint) -> dict[str, str]:
    name = camel_case(metric)
    spread = "" if deviation is None or isnan(deviation) else f" +/- {java_double(deviation)}"
    return {
        "constraint_check_type": constraint.comparison_operator,
        "description": (
            f"Metric {name} with {java_double(float(value or 0))}{spread} was {constraint.comparison_operator} "
            f"'{java_double(float(constraint.threshold or 0))}'"
        ),
        "metric_name": name,
    }


def camel_case(name: str) -> str:
    """Convert ``true_positive_rate`` to ``truePositiveRate``, as violations name metrics."""
    first, *following = name.split("_")
    return "".join([first, *(word.capitalize() for word in following)])
