"""A condition is in a branch of another condition, which the guide says is not supported."""

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
    """Check every Condition step that is in a branch."""
    for step in definition.steps:
        if step.type == "Condition" and any(branch != "ForEachBody" for _, branch in step.enclosing_branches):
            outer = step.enclosing_branches[-1][0]
            fix = "move it next to the other, and add the other's conditions to its own: a list is joined by 'and'"
            yield Mistake(step.path, f"is a condition in a branch of {outer!r}", fix)
