"""A condition compares only constant values, so that one branch is never taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.expressions import is_expression, references
from local_sagemaker.definition.rules import WARNING, Mistake, _examples

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition"
GOOD = _examples.definition(
    _examples.condition("Gate", _examples.compare("Equals", _examples.EXECUTION, "x"), then=(_examples.lambda_(),))
)
BAD = _examples.definition(_examples.condition("Gate", _examples.compare("Equals", 1, 1), then=(_examples.lambda_(),)))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every Condition step that has conditions."""
    for step in definition.steps:
        conditions = step.arguments.get("Conditions")
        if step.type == "Condition" and isinstance(conditions, list) and conditions and not _is_open(conditions):
            yield Mistake(f"{step.path}.Arguments.Conditions", "have no expression, so the outcome is always the same")


def _is_open(value: Any) -> bool:
    """Return whether a part of a value is known only when the execution runs: a reference, or a file of S3."""
    if any(references(value)) or (is_expression(value) and "Std:JsonGet" in value):
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_is_open, items))
