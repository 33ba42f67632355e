"""A condition compares values of different kinds.

The condition step fails when it is reached. Numbers are compared with numbers, a Boolean is no text.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _conditions, _examples
from local_sagemaker.definition.slots import list_items
from local_sagemaker.definition.value_types import type_of

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ConditionStepMetadata.html"
_SMALL = _examples.compare("LessThan", _examples.get("Parameters.Limit"), 6.0)
GOOD = _examples.definition(
    _examples.condition("Gate", _SMALL, then=(_examples.fail(),)),
    Parameters=[_examples.parameter("Limit", "Float", 6.5)],
)
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.Conditions[0].RightValue", "6.0")
_NUMBERS = {"Integer": "number", "Float": "number"}


def check(definition: Definition) -> Iterator[Mistake]:
    """Every comparison of which both kinds are known."""
    for path, condition in _conditions.condition_entries(definition):
        left, right = (_kind(definition, condition.get(member)) for member in ("LeftValue", "RightValue"))
        if condition["Type"] == "In":
            left = _kind(definition, condition.get("QueryValue"))
            others = {_kind(definition, value) for value in list_items(condition.get("Values"))}
            if left and (wrong := {o for o in others if o and o != left}):
                yield Mistake(path, f"looks for a {left} among {', '.join(sorted(wrong))}")
        elif left and right and left != right:
            yield Mistake(path, f"compares a {left} with a {right}", "write both as the same kind of value")


def _kind(definition: Definition, value: object) -> str | None:
    kind = type_of(definition, value)
    return _NUMBERS.get(kind, kind) if kind else None
