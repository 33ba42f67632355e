"""A string, list or map is longer or shorter than its place allows.

The most common case is the limit of ten inputs of a processing job (aws/sagemaker-python-sdk#2554). A Std:Join is at
least as long as its literal parts.
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
IS_GENERIC = True
_SOURCE = _examples.processing()["Arguments"]["ProcessingInputs"][0]["S3Input"]
_INPUTS = [{"InputName": f"part-{n}", "S3Input": _SOURCE | {"LocalPath": f"/opt/ml/processing/{n}"}} for n in range(11)]
GOOD = _examples.definition(_examples.processing(arguments={"ProcessingInputs": _INPUTS[:10]}))
BAD = _examples.definition(_examples.processing(arguments={"ProcessingInputs": _INPUTS}))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check literals, and the literal parts of joined strings."""
    yield from (Mistake(slot.path, wrong.message) for slot, wrong in definition.misfits if wrong.constraint == "length")
    for path, value, shape, is_open in definition.slots:
        if (
            is_open
            and shape.type_name == "string"
            and (wrong := length_misfit(shape, least_length(value), is_least=True))
        ):
            yield Mistake(path, wrong.message)


def least_length(value: Any) -> int:
    """Return the least number of characters that an expression can give."""
    match value:
        case {"Std:Join": {"On": str(on), "Values": list(values)}}:
            return len(on) * max(0, len(values) - 1) + sum(map(least_length, values))
        case str():
            return len(value)
    return 0 if is_expression(value) else len(str(value))
