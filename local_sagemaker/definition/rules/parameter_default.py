"""A parameter's default, or one of the values that it may have, is not of its type, or not among those values.

The SDK does not check a default against the values that it lists itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.document import Document
from local_sagemaker.definition.errors import DefinitionError
from local_sagemaker.definition.parameters import READERS, Parameter
from local_sagemaker.definition.rules import ERROR, Problem, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html"
_KINDS = ["ml.m5.large", "ml.m5.xlarge"]
_USED = _examples.changed(
    _examples.definition(_examples.training()),
    "Steps[0].Arguments.ResourceConfig.InstanceType",
    _examples.get("Parameters.Instance"),
)
GOOD = _USED | {"Parameters": [_examples.parameter("Instance", "String", "ml.m5.large", EnumValues=_KINDS)]}
BAD = _USED | {"Parameters": [_examples.parameter("Instance", "String", "ml.m5.2xlarge", EnumValues=_KINDS)]}


def check(document: Document) -> Iterator[Problem]:
    """Every declaration's own values."""
    entries = document.raw.get("Parameters")
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if (
            isinstance(entry, dict)
            and isinstance(entry.get("Name"), str)
            and str(entry.get("Type", "String")) in READERS
        ):
            yield from _declared(f"Parameters[{number}]", entry)


def _declared(path: str, entry: dict[str, Any]) -> Iterator[Problem]:
    values = entry.get("EnumValues")
    allowed: list[Any] = values if isinstance(values, list) else []
    tried = [*allowed, *([entry["DefaultValue"]] if entry.get("DefaultValue") is not None else [])]
    for value in tried:
        try:
            Parameter(entry["Name"], entry.get("Type", "String"), None, tuple(allowed)).read(value)
        except DefinitionError as error:
            yield Problem(path, f"cannot be: {error}")
            return
