"""Suggest constraints.json of model quality from a baseline, and read one that a user may have edited."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor import json_files
from model_monitor.model_quality.folds import Metrics
from model_monitor.model_quality.problem_types import OPERATORS, PROBLEM_TYPES_BY_NAME, ProblemType, worse_operator
from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean


@dataclass(frozen=True)
class Constraint:
    """A limit for a metric, which is violated beyond the threshold, in the operator's direction.

    A threshold of None is not checked.
    """

    threshold: float | None
    comparison_operator: str

    def is_violated_by(self, value: float | None) -> bool:
        """Return whether the value is strictly beyond the threshold, without tolerance, as in the analyzer."""
        if value is None or self.threshold is None:
            return False
        return value > self.threshold if self.comparison_operator == OPERATORS[0] else value < self.threshold


def suggest_constraints(problem: ProblemType, metrics: Metrics) -> dict[str, Any]:
    """Return the document: each metric's own value is the threshold."""
    members = {
        name: {"threshold": metrics[name], "comparison_operator": worse_operator(name)} for name in problem.constrained
    }
    return {"version": 0.0, problem.member: members}


def load(path: Path, problem: ProblemType) -> dict[str, Constraint]:
    """Return the constraint of each metric.

    Raises:
        MonitorError: it is not such a file, is one of another problem type, or has an invalid member.
    """
    document = json_files.load(path, "constraints file")
    members = document.get(problem.member) if isinstance(document, dict) else None
    if not isinstance(members, dict):
        other_members = [
            p.member for p in PROBLEM_TYPES_BY_NAME.values() if isinstance(document, dict) and p.member in document
        ]
        reason = f"it has {other_members[0]}" if other_members else "it has none for any problem type"
        raise MonitorError(f"{path.name} has no {problem.member}: {reason}")
    return {name: _constraint(member, name, problem, path) for name, member in members.items()}


def _constraint(member: Any, name: str, problem: ProblemType, path: Path) -> Constraint:
    where = f"{path.name}: {problem.member}.{name}"
    if name not in problem.constrained:
        hint = did_you_mean(name, problem.constrained)
        raise MonitorError(f"{where} is not a metric{hint} (there are: {', '.join(problem.constrained)})")
    settings = member if isinstance(member, dict) else {}
    threshold, comparison_operator = settings.get("threshold"), settings.get("comparison_operator")
    if comparison_operator not in OPERATORS:
        raise MonitorError(
            f"{where}: comparison_operator is {comparison_operator!r}; it must be one of {', '.join(OPERATORS)}"
        )
    if threshold is not None and not _is_finite(threshold):
        raise MonitorError(f"{where}: threshold is {threshold!r}; it must be a number, or null to skip the metric")
    return Constraint(threshold, comparison_operator)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
