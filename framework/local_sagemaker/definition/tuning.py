"""What a tuning job searches: its ranges, and what is wrong with them.

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
#: Kind of range -> how its ends are read.
NUMBERS = {INTEGER: int, CONTINUOUS: float}
#: Scaling -> what fits it, and in words.
ENDS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "Logarithmic": (lambda low, high: low > 0, "above 0"),
    "ReverseLogarithmic": (lambda low, high: low >= 0 and high < 1, "at least 0 and below 1"),
}


def range_errors(config: Mapping[str, Any], static: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """Path and words of each thing that is wrong; what is known at run time only is left alone.

    Args:
        config: HyperParameterTuningJobConfig.
        static: StaticHyperParameters of the training job.
        path: of ``config``.
    """
    ranges = config.get("ParameterRanges")
    ranges = ranges if isinstance(ranges, dict) else {}
    seen: set[str] = set()
    for kind in RANGE_TYPES:
        for where, entry in objects(ranges.get(kind), f"{path}.ParameterRanges.{kind}"):
            name = entry.get("Name")
            if isinstance(name, str):
                if name in seen:
                    yield f"{where}.Name", f"is {name!r}, of which there is a range already"
                if name in static:
                    yield f"{where}.Name", f"is {name!r}, which StaticHyperParameters has too"
                seen.add(name)
            yield from ((where, words) for words in _of_range(kind, entry))
    if config.get("Strategy") == "Grid" and (ranges.get(INTEGER) or ranges.get(CONTINUOUS)):
        yield f"{path}.ParameterRanges", "has ranges of numbers, and the strategy Grid takes categorical ones alone"
    yield from _of_limits(config, path)


def _of_range(kind: str, entry: Mapping[str, Any]) -> Iterator[str]:
    if kind == CATEGORICAL:
        values = entry.get("Values")
        if isinstance(values, list) and len({str(value) for value in values}) < len(values):
            yield "has a value twice"
        return
    ends = [entry.get(name) for name in ("MinValue", "MaxValue")]
    if not all(isinstance(end, str) for end in ends):  # an expression, or missing, of which others speak
        return
    low, high = (number(kind, str(end)) for end in ends)
    if low is None or high is None:
        wrong = ends[0] if low is None else ends[1]
        yield f"has the end {wrong!r}, which is no {'whole number' if kind == INTEGER else 'number'}"
    elif low > high:
        yield f"goes from {ends[0]} to {ends[1]}: it is upside down"
    else:
        fits, words = ENDS.get(str(entry.get("ScalingType")), (lambda low, high: True, ""))
        if not fits(low, high):
            yield f"goes from {ends[0]} to {ends[1]}; with {entry['ScalingType']} scaling it has to be {words}"


def number(kind: str, text: str) -> float | None:
    """An end of a range; None where it is none."""
    try:
        value = NUMBERS[kind](text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _of_limits(config: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    limits = config.get("ResourceLimits")
    limits = limits if isinstance(limits, dict) else {}
    jobs, parallel = limits.get("MaxNumberOfTrainingJobs"), limits.get("MaxParallelTrainingJobs")
    if isinstance(jobs, int) and isinstance(parallel, int) and parallel > jobs:
        yield f"{path}.ResourceLimits.MaxParallelTrainingJobs", f"is {parallel}, of {jobs} training jobs in all"
