"""Check the ranges that a tuning job searches.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_sagemaker.definition.slots import objects

INTEGER, CONTINUOUS, CATEGORICAL = RANGE_TYPES = (
    "IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges",
)  # fmt: skip
#: Type of range -> the type of its ends.
NUMBER_TYPES = {INTEGER: int, CONTINUOUS: float}
#: Scaling -> whether a range fits it, and the condition as text.
SCALING_LIMITS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "Logarithmic": (lambda low, high: low > 0, "above 0"),
    "ReverseLogarithmic": (lambda low, high: low >= 0 and high < 1, "at least 0 and below 1"),
}


def range_errors(config: Mapping[str, Any], static: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and message of each error; values that are known at run time only are skipped.

    Args:
        config: HyperParameterTuningJobConfig.
        static: StaticHyperParameters of the training job.
        path: path of ``config``.
    """
    ranges = config.get("ParameterRanges")
    ranges = ranges if isinstance(ranges, dict) else {}
    names: set[str] = set()
    for range_type in RANGE_TYPES:
        for place, entry in objects(ranges.get(range_type), f"{path}.ParameterRanges.{range_type}"):
            name = entry.get("Name")
            if isinstance(name, str):
                if name in names:
                    yield f"{place}.Name", f"is {name!r}, which has a range already"
                if name in static:
                    yield f"{place}.Name", f"is {name!r}, which StaticHyperParameters has too"
                names.add(name)
            yield from ((place, message) for message in _entry_errors(range_type, entry))
    if config.get("Strategy") == "Grid" and (ranges.get(INTEGER) or ranges.get(CONTINUOUS)):
        yield f"{path}.ParameterRanges", "has ranges of numbers, but the strategy Grid takes categorical ranges only"
    yield from _limit_errors(config, path)


def _entry_errors(range_type: str, entry: Mapping[str, Any]) -> Iterator[str]:
    if range_type == CATEGORICAL:
        values = entry.get("Values")
        if isinstance(values, list) and len({str(value) for value in values}) < len(values):
            yield "has a value twice"
        return
    ends = [entry.get(name) for name in ("MinValue", "MaxValue")]
    if not all(isinstance(end, str) for end in ends):  # an expression, or missing, which other rules report
        return
    low, high = (range_end(range_type, str(end)) for end in ends)
    if low is None or high is None:
        wrong = ends[0] if low is None else ends[1]
        yield f"has the end {wrong!r}, which is not {'an integer' if range_type == INTEGER else 'a number'}"
    elif low > high:
        yield f"goes from {ends[0]} to {ends[1]}: MinValue is greater than MaxValue"
    else:
        fits, condition = SCALING_LIMITS.get(str(entry.get("ScalingType")), (lambda low, high: True, ""))
        if not fits(low, high):
            yield f"goes from {ends[0]} to {ends[1]}; with {entry['ScalingType']} scaling it must be {condition}"


def range_end(range_type: str, text: str) -> float | None:
    """Return an end of a range as a number, or None if it is not a finite number."""
    try:
        value = NUMBER_TYPES[range_type](text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _limit_errors(config: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    limits = config.get("ResourceLimits")
    limits = limits if isinstance(limits, dict) else {}
    jobs, parallel = limits.get("MaxNumberOfTrainingJobs"), limits.get("MaxParallelTrainingJobs")
    if isinstance(jobs, int) and isinstance(parallel, int) and parallel > jobs:
        yield (
            f"{path}.ResourceLimits.MaxParallelTrainingJobs",
            f"is {parallel}, but MaxNumberOfTrainingJobs is {jobs}",
        )
