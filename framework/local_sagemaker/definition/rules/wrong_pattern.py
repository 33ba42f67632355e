"""A text that has not the form that its place asks for, such as a role that is no ARN."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html"
GOOD = _examples.definition(_examples.training())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.RoleArn", "the-role-of-the-pipeline")


def check(definition: Definition) -> Iterator[Mistake]:
    """Literals that their shape's pattern does not match."""
    yield from (Mistake(slot.path, found.message) for slot, found in definition.misfits if found.kind == "pattern")
