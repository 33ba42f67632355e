"""Checks the values of a request as AWS's services do: patterns, lengths, ranges and enumerations.

botocore itself checks only types and required members before it sends a request.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html (ValidationError)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.fits import misfit
from local_sagemaker.definition.slots import slots
from local_sagemaker.errors import ValidationError

#: Types are botocore's to check, and it accepts more than JSON's; new instance types are newer than its models.
_UNCHECKED = ("type", "instance_type")


def check_values(shape: Any, request: Mapping[str, Any]) -> None:
    """Raise ValidationError, which names each value that violates a constraint of its shape."""
    errors = list(_errors(shape, request))
    if errors:
        count = f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} detected"
        raise ValidationError(f"{count}: {'; '.join(errors)}")


def _errors(shape: Any, request: Mapping[str, Any]) -> Iterator[str]:
    for slot in slots(request, shape):
        wrong = misfit(slot.shape, slot.value)
        if wrong and wrong.constraint not in _UNCHECKED and slot.path:
            yield f"{slot.path} {wrong.message}"
