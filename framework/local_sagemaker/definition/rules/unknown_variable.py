"""An expression reads an execution variable that does not exist.

The variables of an execution are a fixed list of names.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples, _paths

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html"
GOOD = _examples.definition(_examples.fail(message=_examples.get("Execution.PipelineExecutionId")))
BAD = _examples.definition(_examples.fail(message=_examples.get("Execution.ExecutionId")))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every Get."""
    yield from _paths.unresolved_references(definition, "unknown-variable")
