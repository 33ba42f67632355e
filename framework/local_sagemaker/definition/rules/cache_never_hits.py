"""A cached step has an argument that is new in each execution, so that the cache never has a hit.

The cache compares paths, not the data behind them. An input below a prefix of the execution, or an output of a step
that is not cached itself, has a different path each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition, WrittenStep, referenced_step
from local_sagemaker.definition.expressions import ELEMENT_NAMES, path_parts, references
from local_sagemaker.definition.rules import WARNING, Mistake, _examples
from local_sagemaker.definition.step_specs import STEP_SPECS

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-caching.html"
_CACHE = {"Enabled": True, "ExpireAfter": "P30D"}
_PLACE = "Steps[0].Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri"
GOOD = _examples.definition(_examples.training(CacheConfig=_CACHE))
BAD = _examples.with_value(GOOD, _PLACE, _examples.execution_prefix("train"))
#: Execution variables that differ in each execution.
NEW_VARIABLES = (
    "Execution.CurrentDateTime",
    "Execution.PipelineExecutionArn",
    "Execution.PipelineExecutionId",
    "Execution.ProcessingJobName",
    "Execution.StartDateTime",
    "Execution.TrainingJobName",
)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the compared arguments of every cached step."""
    for step in definition.steps:
        if is_cached(step):
            for member in STEP_SPECS[step.type].cache_members:
                new = [path for path in references(step.arguments.get(member)) if _is_new(definition, path)]
                if new:
                    path = f"{step.path}.Arguments.{member}"
                    yield Mistake(path, f"is compared by the cache, but {new[0]} is new in each execution")


def is_cached(step: WrittenStep) -> bool:
    """Return whether the step's CacheConfig enables the cache."""
    cache: Any = step.raw.get("CacheConfig")
    return isinstance(cache, dict) and cache.get("Enabled") is True and step.type in STEP_SPECS


def _is_new(definition: Definition, path: str) -> bool:
    """Return whether a path has a new value in each execution.

    A step that is cached itself repeats its result. A property that only repeats an argument is new if the argument is.
    """
    if path in NEW_VARIABLES:
        return True
    step = definition.steps_by_name.get(referenced_step(path) or "")
    if step is None or is_cached(step) or step.type not in STEP_SPECS or STEP_SPECS[step.type].operation is None:
        return False
    argument = argument_at(step, path)
    if argument is not None:
        return any(_is_new(definition, reference) for reference in references(argument))
    return ".PropertyFiles" not in path


def argument_at(step: WrittenStep, path: str) -> Any:
    """Return the argument that a property only repeats (Describe returns it unchanged), or None if there is none."""
    value: Any = step.arguments
    for part_type, part in path_parts(path)[2:]:
        if isinstance(value, list):
            value = next((e for e in value if isinstance(e, dict) and part in (e.get(n) for n in ELEMENT_NAMES)), None)
        else:
            value = value.get(part) if isinstance(value, dict) and part_type != "index" else None
    return value
