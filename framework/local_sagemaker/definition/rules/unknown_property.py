"""A step reads a property that the response of the other step's Describe operation does not have.

The service checks the path only when the reading step starts.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples, _paths

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html"
GOOD = _examples.processing_input("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri")
BAD = _examples.processing_input("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.Uri")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every Get."""
    yield from _paths.unresolved_references(definition, "unknown-property")
