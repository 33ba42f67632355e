"""The prefixes that the steps of a definition write to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.expression_text import format_expression
from local_sagemaker.definition.expressions import is_expression
from local_sagemaker.definition.slots import Slot

#: Shape and member of what is written as it is; training jobs write below a folder of their own name.
_WRITTEN = {"ProcessingS3Output": "S3Uri", "TransformOutput": "S3OutputPath"}


def prefixes(definition: Definition) -> Iterator[tuple[Slot, Any]]:
    """The place of each object that says where a job writes, and the URI or expression."""
    for slot in definition.slots:
        if slot.shape.name in _WRITTEN and isinstance(slot.value, dict):
            uri = slot.value.get(_WRITTEN[slot.shape.name])
            if isinstance(uri, str) or is_expression(uri):
                yield slot, uri


def prefix(uri: Any) -> str:
    """A URI or expression on one line, without the quotes of a literal and without the last slash."""
    return format_expression(uri).strip('"').rstrip("/")
