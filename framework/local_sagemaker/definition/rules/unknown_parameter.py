"""An expression reads a parameter that the definition does not declare.

A parameter must also be in the pipeline's list of parameters; the SDK does not add it.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples, _paths

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html"
GOOD = _examples.definition(
    _examples.lambda_(),
    _examples.fail(message=_examples.get("Parameters.Message")),
    Parameters=[_examples.parameter("Message", "String", "no")],
)
BAD = _examples.with_value(GOOD, "Parameters", [])


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every Get."""
    yield from _paths.unresolved_references(definition, "unknown-parameter")
