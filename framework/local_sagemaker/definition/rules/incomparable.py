"""A condition compares values of different types.

The condition step fails when it runs. Numbers can be compared with numbers only, and a Boolean is not a String.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _conditions, _examples
from local_sagemaker.definition.slots import list_items
from local_sagemaker.definition.value_types import value_type

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ConditionStepMetadata.html"
_SMALL = _examples.compare("LessThan", _examples.get("Parameters.Limit"), 6.0)
GOOD = _examples.definition(
    _examples.condition("Gate", _SMALL, then=(_examples.fail(),)),
    Parameters=[_examples.parameter("Limit", "Float", 6.5)],
)
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.Conditions[0].RightValue", "6.0")
_NUMBER_TYPES = {"Integer": "number", "Float": "number"}


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every comparison in which both types are known."""
    for path, condition in _conditions.condition_entries(definition):
        left, right = (_comparable_type(definition, condition.get(member)) for member in ("LeftValue", "RightValue"))
        if condition["Type"] == "In":
            left = _comparable_type(definition, condition.get("QueryValue"))
            types = {_comparable_type(definition, value) for value in list_items(condition.get("Values"))}
            if left and (wrong := {name for name in types if name and name != left}):
                yield Mistake(path, f"looks for a {left} among {', '.join(sorted(wrong))}")
        elif left and right and left != right:
            yield Mistake(path, f"compares a {left} with a {right}", "give both the same type")


def _comparable_type(definition: Definition, value: object) -> str | None:
    name = value_type(definition, value)
    return _NUMBER_TYPES.get(name, name) if name else None
