"""Determine the value type of an expression, as far as that is possible before anything runs."""

from __future__ import annotations

from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import is_expression, is_intended_expression
from local_sagemaker.definition.reference_targets import reference_target

#: Type of a shape -> the value type that it holds.
VALUE_TYPES = {
    "boolean": "Boolean",
    "double": "Float",
    "float": "Float",
    "integer": "Integer",
    "list": "list",
    "long": "Integer",
    "map": "object",
    "string": "String",
    "structure": "object",
    "timestamp": "String",
}
_LITERAL_TYPES = {bool: "Boolean", int: "Integer", float: "Float", str: "String", list: "list", dict: "object"}
#: An integer is allowed where a Float is expected.
ACCEPTED_TYPES = {"Float": ("Float", "Integer")}


def value_type(definition: Definition, value: Any) -> str | None:
    """Return String, Integer, Float, Boolean, list or object, or None if it is invalid or known at run time only."""
    if not is_expression(value):
        return None if is_intended_expression(value) else _LITERAL_TYPES.get(type(value))
    if "Std:Join" in value:
        return "String"
    path = value.get("Get")
    if not isinstance(path, str):
        return None
    try:
        return VALUE_TYPES.get(reference_target(definition, path).shape.type_name)
    except ExpressionError:
        return None


def fits_shape(value_type: str, shape: Any) -> bool:
    """Return whether a value of this type is allowed for this shape."""
    expected = VALUE_TYPES.get(shape.type_name)
    return expected is None or value_type in ACCEPTED_TYPES.get(expected, (expected,))
