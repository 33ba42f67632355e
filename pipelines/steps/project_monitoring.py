"""Build a transform and the project's own check of the data that it scores, the pair of steps of ``monitoring``."""

from __future__ import annotations

from typing import Any

from pipelines.steps.context import BuildContext
from pipelines.steps.monitoring import MonitoringResult
from pipelines.steps.previous import resolve_baselines
from pipelines.steps.project_checks import check_dataset
from pipelines.steps.transform import transform


def monitor_transform(
    context: BuildContext,
    name: str,
    *,
    group: Any,
    dataset: Any,
    statistics: Any,
    constraints: Any,
    fail_on_violation: Any,
    monitor_first: bool,
    **arguments: Any,
) -> MonitoringResult:
    """Return a transform step and a check of its data; see ``monitoring.monitor_transform``."""
    previous = resolve_baselines(context, group, {"DATA_QUALITY": (statistics, constraints)})
    monitoring = check_dataset(context, f"{name}-monitoring", dataset, previous, fail_on_violation)
    scoring = transform(context, f"{name}-transform", **arguments)
    first, second = (monitoring, scoring.step) if monitor_first else (scoring.step, monitoring)
    second.add_depends_on([first])
    return MonitoringResult(scoring, monitoring, previous.steps)
