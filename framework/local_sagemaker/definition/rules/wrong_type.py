"""A value has another JSON type than its place takes, such as a number instead of a string."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html"
IS_GENERIC = True
GOOD = _examples.definition(_examples.training(arguments={"HyperParameters": {"num_round": "50"}}))
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.HyperParameters.num_round", 50)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check literals against the type of their shape."""
    yield from (Mistake(slot.path, wrong.message) for slot, wrong in definition.misfits if wrong.constraint == "type")
