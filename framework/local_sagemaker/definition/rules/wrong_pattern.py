"""A string does not have the form that its place requires, such as a role that is not an ARN."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html"
IS_GENERIC = True
GOOD = _examples.definition(_examples.training())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.RoleArn", "the-role-of-the-pipeline")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check literals against the pattern of their shape."""
    yield from (
        Mistake(slot.path, wrong.message) for slot, wrong in definition.misfits if wrong.constraint == "pattern"
    )
