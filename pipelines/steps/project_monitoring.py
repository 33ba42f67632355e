"""A transform, and the project's own check of the data that it scores: the pair that ``monitoring`` makes."""

from __future__ import annotations

from typing import Any

from pipelines.steps.jobs import Jobs
from pipelines.steps.monitoring import Monitored
from pipelines.steps.previous import previous_baselines
from pipelines.steps.project_checks import check_dataset
from pipelines.steps.transform import transform


def monitor_transform(
    jobs: Jobs,
    name: str,
    *,
    group: Any,
    dataset: Any,
    statistics: Any,
    constraints: Any,
    fail_on_violation: Any,
    monitor_first: bool,
    **arguments: Any,
) -> Monitored:
    """See ``monitoring.monitor_transform``."""
    previous = previous_baselines(jobs, group, {"DATA_QUALITY": (statistics, constraints)})
    monitoring = check_dataset(jobs, f"{name}-monitoring", dataset, previous, fail_on_violation)
    transformed = transform(jobs, f"{name}-transform", **arguments)
    first, second = (monitoring, transformed.step) if monitor_first else (transformed.step, monitoring)
    second.add_depends_on([first])
    return Monitored(transformed, monitoring, previous.steps)
