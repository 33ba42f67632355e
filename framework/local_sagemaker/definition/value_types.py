"""What kind of value an expression comes to, as far as it can be known before anything runs."""

from __future__ import annotations

from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import is_expression, is_intended_expression
from local_sagemaker.definition.reference_targets import reference_target

#: A shape's type -> the kind of value that it holds.
TYPE_OF_SHAPE = {
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
_OF_LITERAL = {bool: "Boolean", int: "Integer", float: "Float", str: "String", list: "list", dict: "object"}
#: A whole number is a number, too.
FITS = {"Float": ("Float", "Integer")}


def type_of(definition: Definition, value: Any) -> str | None:
    """String, Integer, Float, Boolean, list or object; None where only the execution will show it, or it is wrong."""
    if not is_expression(value):
        return None if is_intended_expression(value) else _OF_LITERAL.get(type(value))
    if "Std:Join" in value:
        return "String"
    path = value.get("Get")
    if not isinstance(path, str):
        return None
    try:
        return TYPE_OF_SHAPE.get(reference_target(definition, path).shape.type_name)
    except ExpressionError:
        return None


def fits(kind: str, shape: Any) -> bool:
    """Whether a value of this kind may stand where this shape is."""
    wanted = TYPE_OF_SHAPE.get(shape.type_name)
    return wanted is None or kind in FITS.get(wanted, (wanted,))
