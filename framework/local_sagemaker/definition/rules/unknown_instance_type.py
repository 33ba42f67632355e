"""An instance type is unknown to the installed botocore: it is misspelt, or newer than botocore."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples
from local_sagemaker.definition.rules.parameter_value import try_values

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/instance-types-az.html"
GOOD = _examples.definition(_examples.training())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ResourceConfig.InstanceType", "ml.m5.xlrage")


_FIX = "if it is new, update boto3"


def check(definition: Definition) -> Iterator[Mistake]:
    """Check literal instance types, and the values that parameters may put in their place."""
    for slot, wrong in definition.misfits:
        if wrong.constraint == "instance_type":
            yield Mistake(slot.path, wrong.message, _FIX)
    for slot, wrong, name, origin in try_values(definition):
        if wrong.constraint == "instance_type":
            yield Mistake(slot.path, f"{wrong.message}, with the {origin} of the parameter {name!r}", _FIX)
