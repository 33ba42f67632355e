"""A parameter's default, or one of the values that it may have, is not what the places take that use it.

The SDK checks no parameter in its place; the first execution with that value fails in the step that it reaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.expressions import is_expression, references, with_parameters
from local_sagemaker.definition.fits import Misfit, misfit
from local_sagemaker.definition.parameters import Parameter
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.slots import Slot, list_items

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html"
_PLACE = "Steps[0].Arguments.ProcessingResources.ClusterConfig.InstanceCount"
_USED = _examples.with_value(_examples.definition(_examples.processing()), _PLACE, _examples.get("Parameters.Count"))
GOOD = _USED | {"Parameters": [_examples.parameter("Count", "Integer", 2)]}
BAD = _USED | {"Parameters": [_examples.parameter("Count", "Integer", 0)]}


def check(definition: Definition) -> Iterator[Mistake]:
    """Expressions of parameters alone, with each value that is known of them."""
    for slot, found, name, what in try_values(definition):
        if found.kind not in ("type", "instance_type"):
            yield Mistake(
                slot.path, f"{found.message}, with the {what} of the parameter {name!r}", "give it another one"
            )


def try_values(definition: Definition) -> Iterator[tuple[Slot, Misfit, str, str]]:
    """Place, what does not fit it, the parameter, and which of its values that is."""
    given = definition.known_values
    for slot in definition.slots:
        for name in _names(slot) if slot.is_open else ():
            for what, value in _values(definition, name, given):
                values = given | {name: value}
                found = None if definition.is_ruled_out(slot.path, values) else _misfit(slot, values)
                if found:
                    yield slot, found, name, what


def _names(slot: Slot) -> list[str]:
    """The parameters of an expression of parameters alone."""
    paths = list(dict.fromkeys(references(slot.value)))
    return [p.removeprefix("Parameters.") for p in paths] if all(p.startswith("Parameters.") for p in paths) else []


def _values(definition: Definition, name: str, given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What the parameter may be: the value that is given or else its default, and where none is given, the others."""
    declared = definition.parameters.get(name, {})
    if name in definition.values:
        return [("value", given[name])]
    default = given.get(name)
    found = [("possible value", other) for other in list_items(declared.get("EnumValues")) if other != default]
    return [(what, value) for what, value in [("default", default), *found] if _is_of(declared, value)]


def _is_of(declared: Mapping[str, Any], value: Any) -> bool:
    """Whether the declaration itself allows it; else the rule on defaults speaks."""
    try:
        Parameter.from_json({key: value for key, value in declared.items() if key != "DefaultValue"}).read(value)
    except DefinitionError:
        return False
    return True


def _misfit(slot: Slot, given: Mapping[str, Any]) -> Misfit | None:
    value = with_parameters(slot.value, given)
    return None if is_expression(value) else misfit(slot.shape, value)
