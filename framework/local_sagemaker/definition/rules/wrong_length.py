"""A text with too many characters, a list or a map with too many entries, or too few.

Ten inputs of a processing job are the limit that is met most (aws/sagemaker-python-sdk#2554). A Std:Join is as long as
its literal parts at the least.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.expressions import is_expression
from local_sagemaker.definition.fits import length_misfit
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html"
_INPUT = _examples.processing()["Arguments"]["ProcessingInputs"][0]
GOOD = _examples.definition(
    _examples.processing(arguments={"ProcessingInputs": [_INPUT | {"InputName": f"part-{n}"} for n in range(10)]})
)
BAD = _examples.definition(
    _examples.processing(arguments={"ProcessingInputs": [_INPUT | {"InputName": f"part-{n}"} for n in range(11)]})
)


def check(definition: Definition) -> Iterator[Mistake]:
    """Literals, and texts that are joined."""
    yield from (Mistake(slot.path, found.message) for slot, found in definition.misfits if found.kind == "length")
    for path, value, shape, is_open in definition.slots:
        if (
            is_open
            and shape.type_name == "string"
            and (found := length_misfit(shape, least_length(value), is_least=True))
        ):
            yield Mistake(path, found.message)


def least_length(value: Any) -> int:
    """The characters that an expression has whatever the rest comes to."""
    match value:
        case {"Std:Join": {"On": str(on), "Values": list(values)}}:
            return len(on) * max(0, len(values) - 1) + sum(map(least_length, values))
        case str():
            return len(value)
    return 0 if is_expression(value) else len(str(value))
