"""A step is cached, and something that the cache compares is new in each execution: it is never found again.

The cache compares paths, not what lies there. An input below a prefix of the execution, or an output of a step that is
not cached itself, has another path each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition, WrittenStep, step_named
from local_sagemaker.definition.expressions import ELEMENT_NAMES, path_parts, references
from local_sagemaker.definition.rules import WARNING, Mistake, _examples
from local_sagemaker.definition.step_specs import STEP_SPECS

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-caching.html"
_CACHE = {"Enabled": True, "ExpireAfter": "P30D"}
_PLACE = "Steps[0].Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri"
GOOD = _examples.definition(_examples.training(CacheConfig=_CACHE))
BAD = _examples.with_value(GOOD, _PLACE, _examples.of_execution("train"))
#: Other in each execution.
NEW_EACH_TIME = (
    "Execution.CurrentDateTime",
    "Execution.PipelineExecutionArn",
    "Execution.PipelineExecutionId",
    "Execution.ProcessingJobName",
    "Execution.StartDateTime",
    "Execution.TrainingJobName",
)


def check(definition: Definition) -> Iterator[Mistake]:
    """Every step that is cached."""
    for step in definition.steps:
        if is_cached(step):
            for member in STEP_SPECS[step.type].cached_by:
                new = [path for path in references(step.arguments.get(member)) if _is_new(definition, path)]
                if new:
                    where = f"{step.path}.Arguments.{member}"
                    yield Mistake(where, f"is compared by the cache, and {new[0]} is new in each execution")


def is_cached(step: WrittenStep) -> bool:
    """Whether its CacheConfig asks for it."""
    cache: Any = step.raw.get("CacheConfig")
    return isinstance(cache, dict) and cache.get("Enabled") is True and step.type in STEP_SPECS


def _is_new(definition: Definition, path: str) -> bool:
    """A step that is cached itself gives what it gave; what it was told to write to is as new as what told it."""
    if path in NEW_EACH_TIME:
        return True
    step = definition.named.get(step_named(path) or "")
    if step is None or is_cached(step) or step.type not in STEP_SPECS or STEP_SPECS[step.type].operation is None:
        return False
    told = echoed(step, path)
    if told is not None:
        return any(_is_new(definition, other) for other in references(told))
    return ".PropertyFiles" not in path


def echoed(step: WrittenStep, path: str) -> Any:
    """What a step's own Arguments have at the path of a property, which Describe only repeats; None for all else."""
    found: Any = step.arguments
    for how, part in path_parts(path)[2:]:
        if isinstance(found, list):
            found = next((e for e in found if isinstance(e, dict) and part in (e.get(n) for n in ELEMENT_NAMES)), None)
        else:
            found = found.get(part) if isinstance(found, dict) and how != "index" else None
    return found
