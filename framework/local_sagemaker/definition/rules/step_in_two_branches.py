"""One step stands in both branches of a condition.

A step belongs to one branch, or to the pipeline itself. What shall run either way goes after the condition, with the
condition in its DependsOn, or has two names.
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
    """Steps of one name that exclude each other."""
    first: dict[str, WrittenStep] = {}
    for step in definition.steps:
        other = first.setdefault(step.name, step)
        if step.name and are_exclusive(other, step):
            yield Mistake(
                step.path, f"is the step {step.name!r} again, which stands in the other branch ({other.path})"
            )
