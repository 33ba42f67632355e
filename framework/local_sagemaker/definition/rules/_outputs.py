"""List the S3 prefixes that the steps of a definition write to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.expression_text import format_expression
from local_sagemaker.definition.expressions import is_expression
from local_sagemaker.definition.slots import Slot

#: Shape -> its member with the URI that a job writes to; training jobs are left out, as they append their own name.
_URI_MEMBERS = {"ProcessingS3Output": "S3Uri", "TransformOutput": "S3OutputPath"}


def output_prefixes(definition: Definition) -> Iterator[tuple[Slot, Any]]:
    """Yield the slot of each object that sets where a job writes, with its URI or expression."""
    for slot in definition.slots:
        if slot.shape.name in _URI_MEMBERS and isinstance(slot.value, dict):
            uri = slot.value.get(_URI_MEMBERS[slot.shape.name])
            if isinstance(uri, str) or is_expression(uri):
                yield slot, uri


def format_prefix(uri: Any) -> str:
    """Return a URI or expression as text on one line, without quotes or a trailing slash."""
    return format_expression(uri).strip('"').rstrip("/")
