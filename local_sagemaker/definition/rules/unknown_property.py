"""A property of a step that its Describe operation does not answer.

The service checks the path only when the step is started that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.document import Document
from local_sagemaker.definition.rules import ERROR, Problem, _examples, _paths

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html"
_PLACE = "Steps[1].Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri"
_TWO = _examples.definition(_examples.processing(), _examples.training())
_URI = "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"
GOOD = _examples.changed(_TWO, _PLACE, _examples.get(_URI))
BAD = _examples.changed(_TWO, _PLACE, _examples.get(_URI.replace("S3Uri", "Uri")))


def check(document: Document) -> Iterator[Problem]:
    """Every Get."""
    yield from _paths.leading_nowhere(document, "unknown-property")
