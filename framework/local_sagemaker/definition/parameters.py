"""Read the parameters of a pipeline: declared types, defaults, and the values of an execution.

Values are passed as strings (StartPipelineExecution takes nothing else) and converted to the declared type.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_sagemaker.definition.definition_errors import DefinitionError, ParameterError
from local_sagemaker.near_names import did_you_mean

if TYPE_CHECKING:  # the definition's grammar imports this module
    from local_sagemaker.definition.definition import Definition


@dataclass(frozen=True)
class Parameter:
    """A declared parameter; ``default`` is None if the definition has no default for it."""

    name: str
    type: str
    default: Any = None
    enum_values: tuple[Any, ...] = ()

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Parameter:
        """Create a parameter from an entry of the definition's Parameters.

        Raises:
            DefinitionError: the name is missing, the type is unknown, or the default does not fit.
        """
        name, type_name, allowed = raw.get("Name"), raw.get("Type", "String"), raw.get("EnumValues") or []
        if not isinstance(name, str) or not name:
            raise DefinitionError(f"a parameter has no Name: {json.dumps(raw)[:120]}")
        if not isinstance(type_name, str) or type_name not in READERS:
            raise DefinitionError(f"parameter {name!r} has type {type_name!r}; known types: {', '.join(READERS)}")
        if not isinstance(allowed, list):
            raise DefinitionError(f"parameter {name!r}: EnumValues must be a list, not {allowed!r}")
        parameter = cls(name, type_name, raw.get("DefaultValue"), tuple(allowed))
        if parameter.default is not None:
            parameter.read(parameter.default)
        return parameter

    def read(self, value: Any) -> Any:
        """Convert ``value`` to the declared type.

        Raises:
            ParameterError: it does not fit that type, or is not one of the declared values.
        """
        try:
            converted = READERS[self.type](value)
        except (TypeError, ValueError, OverflowError):
            raise ParameterError(f"parameter {self.name!r} is {self.type}; {value!r} is not") from None
        if self.enum_values and converted not in self.enum_values:
            allowed = ", ".join(map(repr, self.enum_values))
            raise ParameterError(f"parameter {self.name!r} must be one of {allowed}; it is {value!r}")
        return converted


def declared_parameters(definition: Definition) -> dict[str, Parameter]:
    """Return the parameters of a definition by name, even if its steps do not run here.

    Raises:
        DefinitionError: Parameters is not a list, or an entry is not a parameter.
    """
    if definition.raw.get("Parameters") is not None and not isinstance(definition.raw["Parameters"], list):
        raise DefinitionError("Parameters must be a list")
    return {name: Parameter.from_json(entry) for name, entry in definition.parameters.items()}


#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Parameter.html; AWS refuses an empty value, too.
MAX_VALUE_CHARACTERS = 1024


def resolve(declared: Mapping[str, Parameter], values: Mapping[str, Any], require_all: bool = True) -> dict[str, Any]:
    """Return the value of every parameter: from ``values``, or else the default.

    Args:
        declared: the definition's parameters by name.
        values: the values to use instead of defaults, usually strings.
        require_all: whether a parameter with neither value nor default is an error; otherwise it is left out.

    Raises:
        ParameterError: a name is unknown, or a value is missing or has the wrong type or length.
    """
    for name in values.keys() - declared.keys():
        names = ", ".join(declared) or "none"
        raise ParameterError(f"unknown parameter {name!r}{did_you_mean(name, declared)} (declared: {names})")
    for name, value in values.items():
        if not 1 <= len(str(value)) <= MAX_VALUE_CHARACTERS:
            raise ParameterError(
                f"parameter {name!r}: its value has {len(str(value))} characters; it must have 1 to "
                f"{MAX_VALUE_CHARACTERS}" + ("; leave it out for its default" if value == "" else "")
            )
    missing = [n for n, p in declared.items() if n not in values and p.default is None]
    if missing and require_all:
        raise ParameterError(f"no value for {', '.join(missing)}: the definition has no default; give NAME=VALUE")
    return {name: p.read(values.get(name, p.default)) for name, p in declared.items() if name not in missing}


def _read_integer(value: Any) -> int:
    """Read an integer, in ASCII digits if it is a string (Python also accepts ``1_000`` and other scripts' digits)."""
    if isinstance(value, bool | float) or (isinstance(value, str) and not _INTEGER_PATTERN.fullmatch(value)):
        raise TypeError
    return int(value)


def _read_float(value: Any) -> float:
    """Read a finite number, in JSON's notation if it is a string."""
    if isinstance(value, bool) or (isinstance(value, str) and not _FLOAT_PATTERN.fullmatch(value)):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


_INTEGER_PATTERN = re.compile(r"[+-]?[0-9]{1,18}")
_FLOAT_PATTERN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def _read_boolean(value: Any) -> bool:
    text = str(value).lower()
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


def _read_string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


READERS = {"String": _read_string, "Integer": _read_integer, "Float": _read_float, "Boolean": _read_boolean}
