"""A transform with a monitor: the pair of steps that MonitorBatchTransformStep stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.checks import check_job, data_quality_config
from pipelines.steps.context import BuildContext
from pipelines.steps.transform import TransformResult, request

from sagemaker.mlops.workflow.monitor_batch_transform_step import MonitorBatchTransformStep


@dataclass(frozen=True)
class MonitoringResult:
    """``<name>-transform`` and ``<name>-monitoring``."""

    transformed: TransformResult
    monitoring: Any
    before: Sequence[Any] = ()

    @property
    def steps(self) -> list[Any]:
        """Both, and what comes before them."""
        return [*self.before, self.transformed.step, self.monitoring]


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
    """A transform step, and one that looks for drift in the data that it scores.

    Args:
        context: what all jobs share.
        name: what both steps' names begin with.
        group: the model package group whose baseline it is.
        dataset: S3 URI of the data to look at, CSV with a header: raw columns rather than features.
        statistics, constraints: the baseline's URIs.
        fail_on_violation: whether violations end the execution; else they are only reported.
        monitor_first: look before anything is scored; else while later steps may run already.
        transform: the arguments of ``steps.transform.request``.
    """
    with sdk.offline(context.region):
        pair = MonitorBatchTransformStep(
            name,
            transform_step_args=request(context, name, **transform),
            monitor_configuration=data_quality_config(context, f"{name}-monitoring", dataset),
            check_job_configuration=check_job(context),
            monitor_before_transform=monitor_first,
            fail_on_violation=fail_on_violation,
            supplied_baseline_statistics=statistics,
            supplied_baseline_constraints=constraints,
        )
    transformed, monitoring = pair.steps
    return MonitoringResult(TransformResult(transformed), monitoring)
