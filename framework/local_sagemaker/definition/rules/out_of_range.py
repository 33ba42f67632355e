"""A number below or above what its place takes."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html"
GOOD = _examples.definition(_examples.processing())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ProcessingResources.ClusterConfig.InstanceCount", 0)


def check(definition: Definition) -> Iterator[Mistake]:
    """Literal numbers outside of their shape's range."""
    yield from (Mistake(slot.path, found.message) for slot, found in definition.misfits if found.kind == "range")
