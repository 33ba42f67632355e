"""A training job describes its instances twice, or not at all.

InstanceType and InstanceCount exclude InstanceGroups; a job that is not serverless needs one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html"
GOOD = _examples.definition(_examples.training())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ResourceConfig.InstanceType", _examples.REMOVED)
_ONE_TYPE = ("InstanceType", "InstanceCount")
#: Other ways to describe the instances.
_FURTHER_WAYS = ("InstanceGroups", "InstancePreferences", "TrainingPlanArn")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the ResourceConfig of every training job."""
    for path, value, shape, is_open in definition.slots:
        if shape.name == "ResourceConfig" and isinstance(value, dict) and not is_open:
            step = definition.step_at(path)
            if not (step and step.arguments.get("ServerlessJobConfig")):
                yield from (Mistake(path, message, fix) for message, fix in _mistakes(value))


def _mistakes(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    names = [name for name in _ONE_TYPE if resources.get(name) is not None]
    if names and resources.get("InstanceGroups"):
        yield f"has {' and '.join(names)}, which InstanceGroups exclude", "remove one of the two"
    elif len(names) < len(_ONE_TYPE) and not any(resources.get(name) for name in _FURTHER_WAYS):
        missing = " and ".join(name for name in _ONE_TYPE if name not in names)
        yield f"has no {missing}", "set InstanceType and InstanceCount, or InstanceGroups"
