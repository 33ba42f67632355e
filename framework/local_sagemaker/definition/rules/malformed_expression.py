"""An expression is malformed: half a path, a Std:Join without Values, or an unknown function."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import check_expression
from local_sagemaker.definition.rules import ERROR, Mistake, _examples, _paths

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html"
GOOD = _examples.definition(_examples.fail(message=_examples.join("execution", _examples.EXECUTION, on=" ")))
BAD = _examples.definition(_examples.fail(message={"Std:Jion": {"On": " ", "Values": ["execution"]}}))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every expression, and the first name of every path."""
    for path, value, _ in definition.expressions:
        try:
            check_expression(value)
        except ExpressionError as error:
            yield Mistake(path, str(error))
    yield from _paths.unresolved_references(definition, "malformed-expression")
