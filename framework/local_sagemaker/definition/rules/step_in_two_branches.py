"""A step is in both branches of a condition.

A step belongs to one branch, or to the pipeline itself. To run a step in either case, put it after the condition, with
the condition in its DependsOn, or use two names.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.rules.duplicate_name import are_exclusive

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition"
_BOTH = _examples.condition(
    "Gate",
    _examples.compare("Equals", _examples.EXECUTION, "x"),
    then=(_examples.lambda_("Notify"),),
    otherwise=(_examples.lambda_("NotifyToo"),),
)
GOOD = _examples.definition(_BOTH)
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ElseSteps[0].Name", "Notify")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check steps that have the same name and exclude each other."""
    first: dict[str, WrittenStep] = {}
    for step in definition.steps:
        earlier = first.setdefault(step.name, step)
        if step.name and are_exclusive(earlier, step):
            yield Mistake(step.path, f"repeats the step {step.name!r}, which is in the other branch ({earlier.path})")
