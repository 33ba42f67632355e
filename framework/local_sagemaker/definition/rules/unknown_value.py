"""A string is not one of the values that its place allows."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html"
IS_GENERIC = True
GOOD = _examples.definition(_examples.processing())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ProcessingInputs[0].S3Input.S3DataType", "S3Prefx")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check literals against the allowed values of their shape; instance types have their own rule."""
    yield from (Mistake(slot.path, wrong.message) for slot, wrong in definition.misfits if wrong.constraint == "value")
