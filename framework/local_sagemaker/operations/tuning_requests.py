"""What a tuning job is asked for, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker import images
from local_sagemaker.account import Account
from local_sagemaker.definition.tuning import range_errors
from local_sagemaker.errors import ConfigError, ValidationError

#: Members of the request that this machine does not know what to do with.
NOT_DONE = ("Autotune", "TrainingJobDefinitions", "WarmStartConfig")


def objective(job: dict[str, Any]) -> dict[str, str]:
    """Type and MetricName of what a tuning job makes small or large."""
    config, training = job["HyperParameterTuningJobConfig"], job.get("TrainingJobDefinition") or {}
    found: dict[str, str] = config.get("HyperParameterTuningJobObjective") or training.get("TuningObjective") or {}
    return found


def check(account: Account, request: dict[str, Any]) -> None:
    """Raise ValidationError where a tuning job cannot be run, or not on this machine."""
    for name in NOT_DONE:
        if request.get(name):
            raise ValidationError(f"{name} is not done on this machine; give one TrainingJobDefinition without it")
    for lack in _lacks(request):
        raise ValidationError(f"a tuning job needs {lack}")
    config, training = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    for where, words in range_errors(
        config, training.get("StaticHyperParameters") or {}, "HyperParameterTuningJobConfig"
    ):
        raise ValidationError(f"{where} {words}")
    try:
        images.find(account.config, training["AlgorithmSpecification"].get("TrainingImage", ""))
    except ConfigError as error:
        raise ValidationError(str(error)) from None


def _lacks(request: dict[str, Any]) -> Iterator[str]:
    """What is missing: the service's model calls none of it required."""
    config, training = request["HyperParameterTuningJobConfig"], request.get("TrainingJobDefinition")
    if not training:
        yield "a TrainingJobDefinition"
        return
    if not (training.get("ResourceConfig") or training.get("HyperParameterTuningResourceConfig")):
        yield "a ResourceConfig, or HyperParameterTuningResourceConfig, in its TrainingJobDefinition"
    ranges, limits = config.get("ParameterRanges") or {}, config["ResourceLimits"]
    if ranges.get("AutoParameters"):
        yield "ranges: AutoParameters are not done on this machine"
    if not any(ranges.values()):
        yield "ParameterRanges: without any there is nothing to search"
    if not objective(request):
        yield "a HyperParameterTuningJobObjective"
    is_limited = limits.get("MaxNumberOfTrainingJobs") or limits.get("MaxRuntimeInSeconds")
    if config["Strategy"] != "Grid" and not is_limited:
        yield "MaxNumberOfTrainingJobs or MaxRuntimeInSeconds in its ResourceLimits: it would never end"
