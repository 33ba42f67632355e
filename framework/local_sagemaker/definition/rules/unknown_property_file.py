"""A condition or a step reads a property file that the other step does not have.

The SDK writes the name as is, without checking that the step has such a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples, _paths

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html"
GOOD = _examples.condition_on_report()
BAD = _examples.condition_on_report(report="Evaluation")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every Get."""
    yield from _paths.unresolved_references(definition, "unknown-property-file")
