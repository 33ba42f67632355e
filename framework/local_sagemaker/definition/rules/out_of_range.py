"""A number is below or above the range that its place allows."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html"
IS_GENERIC = True
GOOD = _examples.definition(_examples.processing())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ProcessingResources.ClusterConfig.InstanceCount", 0)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check literal numbers against the range of their shape."""
    yield from (Mistake(slot.path, wrong.message) for slot, wrong in definition.misfits if wrong.constraint == "range")
