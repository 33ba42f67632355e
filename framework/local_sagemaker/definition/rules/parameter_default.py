"""A parameter's default, or one of the values that it may have, is not of its type, or not among those values.

The SDK does not check a default against the values that it lists itself.
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
_KINDS = ["ml.m5.large", "ml.m5.xlarge"]
_USED = _examples.with_value(
    _examples.definition(_examples.training()),
    "Steps[0].Arguments.ResourceConfig.InstanceType",
    _examples.get("Parameters.Instance"),
)
GOOD = _USED | {"Parameters": [_examples.parameter("Instance", "String", "ml.m5.large", EnumValues=_KINDS)]}
BAD = _USED | {"Parameters": [_examples.parameter("Instance", "String", "ml.m5.2xlarge", EnumValues=_KINDS)]}


def check(definition: Definition) -> Iterator[Mistake]:
    """Every declaration's own values."""
    for path, entry in definition.declared:
        if isinstance(entry.get("Name"), str) and str(entry.get("Type", "String")) in READERS:
            yield from _declared(path, entry)


def _declared(path: str, entry: dict[str, Any]) -> Iterator[Mistake]:
    allowed = list_items(entry.get("EnumValues"))
    tried = [*allowed, *([entry["DefaultValue"]] if entry.get("DefaultValue") is not None else [])]
    for value in tried:
        try:
            Parameter(entry["Name"], entry.get("Type", "String"), None, tuple(allowed)).read(value)
        except DefinitionError as error:
            yield Mistake(path, f"cannot be: {error}")
            return
