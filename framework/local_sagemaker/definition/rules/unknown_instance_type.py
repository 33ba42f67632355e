"""An instance type that the installed botocore does not know: misspelt, or newer than botocore."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples
from local_sagemaker.definition.rules.parameter_value import try_values

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/instance-types-az.html"
GOOD = _examples.definition(_examples.training())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ResourceConfig.InstanceType", "ml.m5.xlrage")


_FIX = "if it is new, a newer boto3 knows it"


def check(definition: Definition) -> Iterator[Mistake]:
    """Literals where an instance type stands, and what parameters may put there."""
    for slot, found in definition.misfits:
        if found.kind == "instance_type":
            yield Mistake(slot.path, found.message, _FIX)
    for slot, found, name, what in try_values(definition):
        if found.kind == "instance_type":
            yield Mistake(slot.path, f"{found.message}, with the {what} of the parameter {name!r}", _FIX)
