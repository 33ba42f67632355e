"""A parameter's default or one of its allowed values does not fit a place that uses the parameter.

The SDK does not check parameters where they are used; the first execution with that value fails in the step that uses
it.
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
_DEFINITION = _examples.with_value(
    _examples.definition(_examples.processing()), _PLACE, _examples.get("Parameters.Count")
)
GOOD = _DEFINITION | {"Parameters": [_examples.parameter("Count", "Integer", 2)]}
BAD = _DEFINITION | {"Parameters": [_examples.parameter("Count", "Integer", 0)]}


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the expressions that need only parameters, with each known value of these."""
    for slot, wrong, name, origin in try_values(definition):
        if wrong.constraint not in ("type", "instance_type"):
            message = f"{wrong.message}, with the {origin} of the parameter {name!r}"
            yield Mistake(slot.path, message, "change that value")


def try_values(definition: Definition) -> Iterator[tuple[Slot, Misfit, str, str]]:
    """Yield the slot, the misfit, the parameter, and which of its values does not fit."""
    known_values = definition.known_values
    for slot in definition.slots:
        for name in _parameter_names(slot) if slot.is_open else ():
            for origin, value in _possible_values(definition, name, known_values):
                values = known_values | {name: value}
                wrong = None if definition.is_ruled_out(slot.path, values) else _misfit(slot, values)
                if wrong:
                    yield slot, wrong, name, origin


def _parameter_names(slot: Slot) -> list[str]:
    """Return the parameters in an expression, or none if it also needs something else."""
    paths = list(dict.fromkeys(references(slot.value)))
    return [p.removeprefix("Parameters.") for p in paths] if all(p.startswith("Parameters.") for p in paths) else []


def _possible_values(definition: Definition, name: str, known_values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the values that a parameter may have: the bound value, or else the default and the allowed values."""
    entry = definition.parameters.get(name, {})
    if name in definition.values:
        return [("value", known_values[name])]
    default = known_values.get(name)
    alternatives = [("possible value", value) for value in list_items(entry.get("EnumValues")) if value != default]
    return [(origin, value) for origin, value in [("default", default), *alternatives] if _is_allowed(entry, value)]


def _is_allowed(entry: Mapping[str, Any], value: Any) -> bool:
    """Return whether the declaration allows a value; if not, parameter-default reports it."""
    try:
        Parameter.from_json({key: value for key, value in entry.items() if key != "DefaultValue"}).read(value)
    except DefinitionError:
        return False
    return True


def _misfit(slot: Slot, values: Mapping[str, Any]) -> Misfit | None:
    value = with_parameters(slot.value, values)
    return None if is_expression(value) else misfit(slot.shape, value)
