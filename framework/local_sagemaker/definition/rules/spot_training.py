"""A training job's settings for managed spot training exclude each other, or one is missing.

With spot, MaxWaitTimeInSeconds is required and is at least MaxRuntimeInSeconds, a day by default; without spot, it is
refused. A warm pool cannot be kept for a spot job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html"
_SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
}
GOOD = _examples.definition(_examples.training(arguments=_SPOT))
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.StoppingCondition.MaxWaitTimeInSeconds", 60)
_REQUESTS = ("CreateTrainingJobRequest", "HyperParameterTrainingJobDefinition")
_DAY = 86_400
_WAIT = "MaxWaitTimeInSeconds"


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every training job, and those of tuning jobs."""
    for path, value, shape, is_open in definition.slots:
        if shape.name in _REQUESTS and isinstance(value, dict) and not is_open:
            for message, fix in _mistakes(value):
                yield Mistake(path, message, fix)


def _mistakes(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    spot, stopping = request.get("EnableManagedSpotTraining", False), request.get("StoppingCondition") or {}
    if not isinstance(spot, bool) or not isinstance(stopping, dict):
        return  # an expression, or a mistake of another rule
    wait, runtime = stopping.get(_WAIT), stopping.get("MaxRuntimeInSeconds", _DAY)
    if spot and wait is None:
        yield "uses managed spot training without a MaxWaitTimeInSeconds", f"set StoppingCondition.{_WAIT}"
    if not spot and wait is not None:
        yield f"has a {_WAIT}, but no managed spot training", "remove it, or set EnableManagedSpotTraining to true"
    if spot and isinstance(wait, int) and isinstance(runtime, int) and wait < runtime:
        yield f"waits {wait} seconds at most for a job of up to {runtime}", f"set {_WAIT} to at least {runtime}"
    resources = request.get("ResourceConfig")
    if spot and isinstance(resources, dict) and resources.get("KeepAlivePeriodInSeconds"):
        yield "keeps a warm pool for a spot job", "remove KeepAlivePeriodInSeconds, or do not use spot"
