"""A condition has no step in either branch, so that its outcome has no effect."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition"
_CONDITION = _examples.compare("Equals", _examples.EXECUTION, "x")
GOOD = _examples.definition(_examples.condition("Gate", _CONDITION, then=(_examples.lambda_(),)))
BAD = _examples.definition(_examples.condition("Gate", _CONDITION))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every Condition step whose outcome nothing reads."""
    read = {value["Get"] for _, value, _ in definition.expressions if isinstance(value.get("Get"), str)}
    for step in definition.steps:
        branches = step.arguments.get("IfSteps") or step.arguments.get("ElseSteps")
        if step.type == "Condition" and not branches and f"Steps.{step.name}.Outcome" not in read:
            yield Mistake(step.path, "has no step in IfSteps, and none in ElseSteps")
