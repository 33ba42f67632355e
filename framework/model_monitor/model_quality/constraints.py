"""constraints.json of model quality: what a baseline suggests, and reading one that a person edited."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor import json_files
from model_monitor.model_quality.folds import Metrics
from model_monitor.model_quality.problem_types import OPERATORS, PROBLEM_TYPES_BY_NAME, ProblemType, operator
from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean


@dataclass(frozen=True)
class Constraint:
    """A metric is bad beyond the threshold, in the operator's direction; a threshold of None is not looked at."""

    threshold: float | None
    comparison_operator: str

    def is_violated_by(self, value: float | None) -> bool:
        """Strictly, and without tolerance, as the analyzer decides it."""
        if value is None or self.threshold is None:
            return False
        return value > self.threshold if self.comparison_operator == OPERATORS[0] else value < self.threshold


def suggest_constraints(problem: ProblemType, metrics: Metrics) -> dict[str, Any]:
    """The document: each metric's own value as the threshold."""
    members = {name: {"threshold": metrics[name], "comparison_operator": operator(name)} for name in problem.checked}
    return {"version": 0.0, problem.member: members}


def load(path: Path, problem: ProblemType) -> dict[str, Constraint]:
    """Metric -> constraint.

    Raises:
        MonitorError: it is no such file, one of another problem type, or a member of it is wrong.
    """
    document = json_files.load(path, "constraints file")
    found = document.get(problem.member) if isinstance(document, dict) else None
    if not isinstance(found, dict):
        others = [
            p.member for p in PROBLEM_TYPES_BY_NAME.values() if isinstance(document, dict) and p.member in document
        ]
        what = f"it has {others[0]}" if others else "it has none of any problem type"
        raise MonitorError(f"{path.name} has no {problem.member}: {what}")
    return {name: _constraint(member, name, problem, path) for name, member in found.items()}


def _constraint(member: Any, name: str, problem: ProblemType, path: Path) -> Constraint:
    where = f"{path.name}: {problem.member}.{name}"
    if name not in problem.checked:
        hint = did_you_mean(name, problem.checked)
        raise MonitorError(f"{where} is no metric{hint} (there are: {', '.join(problem.checked)})")
    given = member if isinstance(member, dict) else {}
    threshold, compared = given.get("threshold"), given.get("comparison_operator")
    if compared not in OPERATORS:
        raise MonitorError(f"{where}: comparison_operator is {compared!r}; it must be one of {', '.join(OPERATORS)}")
    if threshold is not None and not _is_finite(threshold):
        raise MonitorError(f"{where}: threshold is {threshold!r}; it must be a number, or null to leave the metric out")
    return Constraint(threshold, compared)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
