"""A value of another JSON type than its place takes, such as a number where a text belongs."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html"
GOOD = _examples.definition(_examples.training(arguments={"HyperParameters": {"num_round": "50"}}))
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.HyperParameters.num_round", 50)


def check(definition: Definition) -> Iterator[Mistake]:
    """Literals of another type than their shape's."""
    yield from (Mistake(slot.path, found.message) for slot, found in definition.misfits if found.kind == "type")
