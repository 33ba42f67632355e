"""A property file that the step does not have.

The SDK takes the name as it is given, and does not look whether the step has such a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Problem, _examples, _paths

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html"
GOOD = _examples.gated()
BAD = _examples.gated(report="Evaluation")


def check(definition: Definition) -> Iterator[Problem]:
    """Every Get."""
    yield from _paths.leading_nowhere(definition, "unknown-property-file")
