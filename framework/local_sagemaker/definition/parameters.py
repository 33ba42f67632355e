"""Parameters of a pipeline: declared types, defaults, and the values that an execution is started with.

Values travel as strings (StartPipelineExecution takes nothing else) and are read by the declared type.
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

if TYPE_CHECKING:  # the grammar of a definition knows the types of parameters
    from local_sagemaker.definition.definition import Definition


@dataclass(frozen=True)
class Parameter:
    """One declared parameter; ``default`` is None where the definition gives none."""

    name: str
    type: str
    default: Any = None
    enum_values: tuple[Any, ...] = ()

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Parameter:
        """An entry of the definition's Parameters; raise DefinitionError for an unknown type or a wrong default."""
        name, kind, allowed = raw.get("Name"), raw.get("Type", "String"), raw.get("EnumValues") or []
        if not isinstance(name, str) or not name:
            raise DefinitionError(f"a parameter needs a Name; found {json.dumps(raw)[:120]}")
        if not isinstance(kind, str) or kind not in READERS:
            raise DefinitionError(f"parameter {name!r} is of type {kind!r}; known types: {', '.join(READERS)}")
        if not isinstance(allowed, list):
            raise DefinitionError(f"parameter {name!r}: EnumValues must be a list, not {allowed!r}")
        parameter = cls(name, kind, raw.get("DefaultValue"), tuple(allowed))
        if parameter.default is not None:
            parameter.read(parameter.default)
        return parameter

    def read(self, value: Any) -> Any:
        """``value`` in the declared type.

        Raises:
            ParameterError: it is not of that type, or not one of the declared values.
        """
        try:
            read = READERS[self.type](value)
        except (TypeError, ValueError, OverflowError):
            raise ParameterError(f"parameter {self.name!r} is {self.type}; {value!r} is not") from None
        if self.enum_values and read not in self.enum_values:
            allowed = ", ".join(map(repr, self.enum_values))
            raise ParameterError(f"parameter {self.name!r} must be one of {allowed}; it is {value!r}")
        return read


def declared_parameters(definition: Definition) -> dict[str, Parameter]:
    """The parameters of a definition by name, also where its steps do not run here.

    Raises:
        DefinitionError: Parameters is not a list, or an entry is not a parameter.
    """
    if definition.raw.get("Parameters") is not None and not isinstance(definition.raw["Parameters"], list):
        raise DefinitionError("Parameters must be a list")
    return {name: Parameter.from_json(entry) for name, entry in definition.parameters.items()}


#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Parameter.html; an empty one is refused there too.
VALUE_CHARACTERS = 1024


def resolve(declared: Mapping[str, Parameter], given: Mapping[str, Any], is_whole: bool = True) -> dict[str, Any]:
    """Every parameter's value: what was given, else the default. Some may lack where it is not ``is_whole``.

    Raises:
        ParameterError: an unknown name, a value of the wrong type or length, or no value at all.
    """
    for name in given.keys() - declared.keys():
        known = ", ".join(declared) or "none"
        raise ParameterError(f"unknown parameter {name!r}{did_you_mean(name, declared)} (declared: {known})")
    for name, value in given.items():
        if not 1 <= len(str(value)) <= VALUE_CHARACTERS:
            raise ParameterError(
                f"parameter {name!r}: a value that is given has 1 to {VALUE_CHARACTERS} characters; "
                f"this one has {len(str(value))}" + ("; leave it out for its default" if value == "" else "")
            )
    missing = [n for n, p in declared.items() if n not in given and p.default is None]
    if missing and is_whole:
        raise ParameterError(f"no value for {', '.join(missing)}: the definition has no default; give NAME=VALUE")
    return {name: p.read(given.get(name, p.default)) for name, p in declared.items() if name not in missing}


def _integer(value: Any) -> int:
    """A whole number; as text, digits alone (Python would also read ``1_000`` and other scripts' digits)."""
    if isinstance(value, bool | float) or (isinstance(value, str) and not _INTEGER.fullmatch(value)):
        raise TypeError
    return int(value)


def _float(value: Any) -> float:
    """A finite number, as JSON writes it."""
    if isinstance(value, bool) or (isinstance(value, str) and not _FLOAT.fullmatch(value)):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def _boolean(value: Any) -> bool:
    text = str(value).lower()
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


READERS = {"String": _string, "Integer": _integer, "Float": _float, "Boolean": _boolean}
