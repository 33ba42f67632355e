"""A parameter's default or one of its allowed values has the wrong type, or the default is not an allowed value.

The SDK does not check a default against the allowed values that it writes itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.parameters import READERS, Parameter
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.slots import list_items

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html"
_INSTANCE_TYPES = ["ml.m5.large", "ml.m5.xlarge"]
_DEFINITION = _examples.with_value(
    _examples.definition(_examples.training()),
    "Steps[0].Arguments.ResourceConfig.InstanceType",
    _examples.get("Parameters.Instance"),
)
GOOD = _DEFINITION | {
    "Parameters": [_examples.parameter("Instance", "String", "ml.m5.large", EnumValues=_INSTANCE_TYPES)]
}
BAD = _DEFINITION | {
    "Parameters": [_examples.parameter("Instance", "String", "ml.m5.2xlarge", EnumValues=_INSTANCE_TYPES)]
}


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the values in every declaration."""
    for path, entry in definition.parameter_entries:
        if isinstance(entry.get("Name"), str) and str(entry.get("Type", "String")) in READERS:
            yield from _check_entry(path, entry)


def _check_entry(path: str, entry: dict[str, Any]) -> Iterator[Mistake]:
    allowed = list_items(entry.get("EnumValues"))
    values = [*allowed, *([entry["DefaultValue"]] if entry.get("DefaultValue") is not None else [])]
    for value in values:
        try:
            Parameter(entry["Name"], entry.get("Type", "String"), None, tuple(allowed)).read(value)
        except DefinitionError as error:
            yield Mistake(path, f"is not valid: {error}")
            return
