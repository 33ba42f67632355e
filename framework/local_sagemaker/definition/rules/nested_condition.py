"""A condition in a branch of a condition, which the guide says is not supported."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition"
_FIRST = _examples.compare("Equals", _examples.EXECUTION, "x")
_INNER = _examples.condition("Inner", _FIRST, then=(_examples.fail(),))
GOOD = _examples.definition(_examples.condition("Gate", _FIRST, then=(_examples.lambda_(),)), _INNER)
BAD = _examples.definition(_examples.condition("Gate", _FIRST, then=(_INNER,)))


def check(definition: Definition) -> Iterator[Mistake]:
    """Every Condition step that stands in a branch."""
    for step in definition.steps:
        if step.type == "Condition" and any(branch != "ForEachBody" for _, branch in step.under):
            outer = step.under[-1][0]
            fix = "put it beside the other, with what that one asks among its own conditions: a list means and"
            yield Mistake(step.path, f"is a condition in a branch of {outer!r}", fix)
