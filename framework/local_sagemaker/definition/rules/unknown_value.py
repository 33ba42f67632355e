"""A text that is none of those that its place takes."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html"
GOOD = _examples.definition(_examples.processing())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ProcessingInputs[0].S3Input.S3DataType", "S3Prefx")


def check(definition: Definition) -> Iterator[Mistake]:
    """Literals that are not among their shape's values; instance types have a rule of their own."""
    yield from (Mistake(slot.path, found.message) for slot, found in definition.misfits if found.kind == "value")
