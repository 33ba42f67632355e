"""Whether the conditions of a Condition step are ones; what they come to is known only when they are evaluated.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

from typing import Any

from local_sagemaker.definition.errors import DefinitionError, did_you_mean

_PAIR = ("LeftValue", "RightValue")
#: Condition -> the members that it has beside its Type.
MEMBERS: dict[str, tuple[str, ...]] = {
    "Equals": _PAIR,
    "GreaterThan": _PAIR,
    "GreaterThanOrEqualTo": _PAIR,
    "LessThan": _PAIR,
    "LessThanOrEqualTo": _PAIR,
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}


def check_conditions(step: str, conditions: Any) -> None:
    """Raise DefinitionError unless ``conditions`` is a list of at least one, and each is whole."""
    if not isinstance(conditions, list) or not conditions:
        raise DefinitionError(f"step {step!r}: Conditions must be a list of at least one condition")
    for condition in conditions:
        _check(step, condition)


def _check(step: str, condition: Any) -> None:
    kind = condition.get("Type") if isinstance(condition, dict) else None
    if not isinstance(kind, str) or kind not in MEMBERS:
        found, hint = repr(kind if kind is not None else condition), did_you_mean(str(kind), MEMBERS)
        raise DefinitionError(f"step {step!r}: unknown condition {found}{hint}; known: {', '.join(MEMBERS)}")
    for member in MEMBERS[kind]:
        if member not in condition:
            raise DefinitionError(f"step {step!r}: the condition {kind} needs {' and '.join(MEMBERS[kind])}")
    if kind == "Not":
        _check(step, condition["Condition"])
    if kind == "Or":
        check_conditions(step, condition["Conditions"])
    if kind == "In" and not isinstance(condition["Values"], list):
        raise DefinitionError(f"step {step!r}: Values of the condition In must be a list")
