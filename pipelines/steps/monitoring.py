"""Build a transform with a monitor: the pair of steps that MonitorBatchTransformStep represents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.checks import check_job_config, data_quality_config
from pipelines.steps.context import BuildContext
from pipelines.steps.transform import TransformResult, transform_request

from sagemaker.mlops.workflow.monitor_batch_transform_step import MonitorBatchTransformStep


@dataclass(frozen=True)
class MonitoringResult:
    """The steps ``<name>-transform`` and ``<name>-monitoring``, and those that have to come before them."""

    transform: TransformResult
    monitoring: Any
    earlier_steps: Sequence[Any] = ()

    @property
    def steps(self) -> list[Any]:
        """All steps, for the pipeline."""
        return [*self.earlier_steps, self.transform.step, self.monitoring]


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
    **transform: Any,
) -> MonitoringResult:
    """Return a transform step, and a step that checks the data that it scores for drift.

    Args:
        context: what all jobs share.
        name: the prefix of both steps' names.
        group: the model package group that the baseline belongs to.
        dataset: S3 URI of the data to check, CSV with a header: raw columns rather than features.
        statistics, constraints: the baseline's URIs.
        fail_on_violation: whether violations fail the execution; otherwise they are only reported.
        monitor_first: whether to check before anything is scored; otherwise later steps may already run meanwhile.
        transform: the arguments of ``steps.transform.transform_request``.
    """
    with sdk.offline(context.region):
        pair = MonitorBatchTransformStep(
            name,
            transform_step_args=transform_request(context, name, **transform),
            monitor_configuration=data_quality_config(context, f"{name}-monitoring", dataset),
            check_job_configuration=check_job_config(context),
            monitor_before_transform=monitor_first,
            fail_on_violation=fail_on_violation,
            supplied_baseline_statistics=statistics,
            supplied_baseline_constraints=constraints,
        )
    transform_step, monitoring = pair.steps
    return MonitoringResult(TransformResult(transform_step), monitoring)
