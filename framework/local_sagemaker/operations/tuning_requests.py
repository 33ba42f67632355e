"""Checks the request for a tuning job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker import images
from local_sagemaker.account import Account
from local_sagemaker.definition.tuning import range_errors
from local_sagemaker.errors import ConfigError, ValidationError


def objective(job: dict[str, Any]) -> dict[str, str]:
    """Return Type and MetricName of the metric that a tuning job minimises or maximises."""
    config, training = job["HyperParameterTuningJobConfig"], job.get("TrainingJobDefinition") or {}
    metric: dict[str, str] = config.get("HyperParameterTuningJobObjective") or training.get("TuningObjective") or {}
    return metric


def check(account: Account, request: dict[str, Any]) -> None:
    """Raise ValidationError if a tuning job cannot run, or not on this machine."""
    for member in _missing_members(request):
        raise ValidationError(f"a tuning job needs {member}")
    config, training = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    for place, message in range_errors(
        config, training.get("StaticHyperParameters") or {}, "HyperParameterTuningJobConfig"
    ):
        raise ValidationError(f"{place} {message}")
    try:
        images.find_image(account.config, training["AlgorithmSpecification"].get("TrainingImage", ""))
    except ConfigError as error:
        raise ValidationError(str(error)) from None


def _missing_members(request: dict[str, Any]) -> Iterator[str]:
    """Yield what the request lacks, although the service's model marks none of it as required."""
    config, training = request["HyperParameterTuningJobConfig"], request.get("TrainingJobDefinition")
    if not training:
        yield "a TrainingJobDefinition"
        return
    if not (training.get("ResourceConfig") or training.get("HyperParameterTuningResourceConfig")):
        yield "a ResourceConfig, or HyperParameterTuningResourceConfig, in its TrainingJobDefinition"
    ranges, limits = config.get("ParameterRanges") or {}, config["ResourceLimits"]
    if ranges.get("AutoParameters"):
        yield "ranges: AutoParameters are not supported on this machine"
    if not any(ranges.values()):
        yield "ParameterRanges: without any there is nothing to search"
    if not objective(request):
        yield "a HyperParameterTuningJobObjective"
    is_limited = limits.get("MaxNumberOfTrainingJobs") or limits.get("MaxRuntimeInSeconds")
    if config["Strategy"] != "Grid" and not is_limited:
        yield "MaxNumberOfTrainingJobs or MaxRuntimeInSeconds in its ResourceLimits: it would never end"
