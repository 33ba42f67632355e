"""A pipeline's definition, parsed once: whatever can be read of it is there, however wrong the rest is.

Commands, lint, drawings and the machine pass this value on; ``read`` makes it of a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from local_sagemaker.definition import grammar
from local_sagemaker.definition.branches import excluded_steps
from local_sagemaker.definition.definition_errors import DefinitionError, ExpressionError
from local_sagemaker.definition.expressions import is_intended_expression, path_parts
from local_sagemaker.definition.fits import Misfit, misfit
from local_sagemaker.definition.slots import Slot, join_path, list_items, objects, slots

#: What holds steps inside a step's Arguments.
NESTS = ("IfSteps", "ElseSteps", "ForEachBody")
_NUMBERED = re.compile(r"\[\d+\]")


@dataclass(frozen=True, eq=False)
class WrittenStep:
    """A step as it is written. ``under`` are the conditions above it, each with the branch that it stands in."""

    path: str
    raw: Mapping[str, Any]
    name: str
    type: str
    under: tuple[tuple[str, str], ...]

    @cached_property
    def arguments(self) -> Mapping[str, Any]:
        """Its Arguments, empty where they are no object."""
        found = self.raw.get("Arguments")
        return found if isinstance(found, dict) else {}

    @cached_property
    def depends_on(self) -> list[tuple[str, str]]:
        """Path and name of each step in its DependsOn, that of a trigger too."""
        entries = enumerate(list_items(self.raw.get("DependsOn")))
        names = ((n, entry.get("Step") if isinstance(entry, dict) else entry) for n, entry in entries)
        path = join_path(self.path, "DependsOn")
        return [(f"{path}[{n}]", name.removeprefix("Steps.")) for n, name in names if isinstance(name, str)]

    @cached_property
    def triggered_by(self) -> set[str]:
        """Steps in its DependsOn of which another outcome than success, too, lets it run."""
        entries = objects(self.raw.get("DependsOn"))
        return {str(entry.get("Step")) for _, entry in entries if entry.get("Trigger") != "Completed"}


class Expression(NamedTuple):
    """A Get, Std:Join or Std:JsonGet, and the step in which it stands; None outside of steps."""

    path: str
    value: dict[str, Any]
    step: WrittenStep | None


class Definition:
    """A definition, the shapes of the service where they are known, and the values that parameters are given.

    Nobody changes one, nor the JSON that it holds.
    """

    def __init__(
        self,
        raw: Mapping[str, Any],
        service: Any = None,
        values: Mapping[str, Any] | None = None,
        text: str | None = None,
    ):
        self.raw, self.service, self.values = raw, service, dict(values or {})
        self._text = text

    def against(self, service: Any = None, values: Mapping[str, Any] | None = None) -> Definition:
        """The same definition, seen with the service's shapes and with these values of its parameters."""
        return Definition(self.raw, service, values, self._text)

    @cached_property
    def text(self) -> str:
        """Its JSON: to the letter what it was read from."""
        return json.dumps(self.raw) if self._text is None else self._text

    @cached_property
    def slots(self) -> list[Slot]:
        """Every value with what may stand there."""
        return list(slots(self.raw, grammar.definition(self.service)))

    @cached_property
    def misfits(self) -> list[tuple[Slot, Misfit]]:
        """The literals, keys of maps among them, that are not what their shape says."""
        found = [(s, wrong) for s in self.slots if not s.is_open and (wrong := misfit(s.shape, s.value))]
        for path, value, shape, is_open in self.slots:
            if shape.type_name == "map" and isinstance(value, dict) and not is_open:
                keys = [Slot(join_path(path, key), key, shape.key, False) for key in value]
                found += [(key, wrong) for key in keys if (wrong := misfit(key.shape, key.value))]
        return found

    @cached_property
    def steps(self) -> list[WrittenStep]:
        """The steps, those of branches too, in the order in which they are written."""
        return list(_steps(self.raw.get("Steps"), "Steps", ()))

    @cached_property
    def named(self) -> dict[str, WrittenStep]:
        """The steps by name; of two with one name the first."""
        found: dict[str, WrittenStep] = {}
        for step in self.steps:
            found.setdefault(step.name, step)
        return found

    @cached_property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The declared parameters by name, as they are written; of two with one name the first."""
        found: dict[str, dict[str, Any]] = {}
        for _, entry in self.declared:
            if isinstance(entry.get("Name"), str):
                found.setdefault(entry["Name"], entry)
        return found

    @cached_property
    def declared(self) -> list[tuple[str, dict[str, Any]]]:
        """Path and declaration of each parameter, those without a name too."""
        return objects(self.raw.get("Parameters"), "Parameters")

    @cached_property
    def expressions(self) -> list[Expression]:
        """All of them, inner ones after what they stand in."""
        outside = {k: v for k, v in self.raw.items() if k not in ("Steps", "Parameters")}
        found = [Expression(path, value, None) for path, value in _expressions(outside, "")]
        for step in self.steps:
            found += [Expression(path, value, step) for path, value in _expressions(step.raw, step.path, NESTS)]
        return found

    @cached_property
    def known_values(self) -> dict[str, Any]:
        """Parameter -> the value that it is given, else its default."""
        declared = self.parameters.items()
        return {n: p["DefaultValue"] for n, p in declared if p.get("DefaultValue") is not None} | self.values

    def is_ruled_out(self, path: str, values: Mapping[str, Any]) -> bool:
        """Whether with these parameters a place lies in a branch that is not taken, whatever the steps give."""
        step = self.step_at(path)
        above = ((self.named.get(name), branch) for name, branch in (step.under if step else ()))
        return any(
            c is not None and branch in excluded_steps(c.arguments.get("Conditions"), values) for c, branch in above
        )

    @cached_property
    def edges(self) -> dict[str, frozenset[str]]:
        """Step -> the steps that settle before it: in its DependsOn, in what it reads, and the condition above it."""
        found: dict[str, set[str]] = {name: {n for _, n in step.depends_on} for name, step in self.named.items()}
        for _, value, step in self.expressions:
            if step and isinstance(path := value.get("Get"), str) and (name := step_named(path)):
                found[step.name].add(name)
        for step in self.named.values():
            found[step.name].update(name for name, _ in step.under[-1:])
        return {name: frozenset(others & self.named.keys()) for name, others in found.items()}

    def step_at(self, path: str) -> WrittenStep | None:
        """The innermost step in which a path lies."""
        places = [part.end() for part in _NUMBERED.finditer(path)]
        return next((self._by_path[path[:end]] for end in reversed(places) if path[:end] in self._by_path), None)

    @cached_property
    def _by_path(self) -> dict[str, WrittenStep]:
        return {step.path: step for step in self.steps}


def read(text: str | Definition) -> Definition:
    """Read a definition from JSON text: an object with a list of steps. A Definition is returned as it is.

    Raises:
        DefinitionError: the text is something else; for invalid JSON the message has line and column.
    """
    return _read(text) if isinstance(text, str) else text


@lru_cache(maxsize=8)  # the command, CreatePipeline and StartPipelineExecution read one text in one process
def _read(text: str) -> Definition:
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise DefinitionError(
            f"the definition is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets a thousand deep
        raise DefinitionError(f"the definition cannot be read: {error}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("Steps"), list):
        raise DefinitionError('the definition is not an object with a list "Steps"')
    if not raw["Steps"]:
        raise DefinitionError("the definition has no steps")
    return Definition(raw, text=text)


def step_named(path: str) -> str | None:
    """The step that a path begins at, where it is a path and begins at one."""
    try:
        (_, root), *rest = path_parts(path)
    except ExpressionError:
        return None
    return rest[0][1] if root == "Steps" and rest else None


def _steps(raw: Any, path: str, under: tuple[tuple[str, str], ...]) -> Iterator[WrittenStep]:
    for place, entry in objects(raw, path):
        name, kind = (value if isinstance(value, str) else "" for value in (entry.get("Name"), entry.get("Type")))
        step = WrittenStep(place, entry, name, kind, under)
        yield step
        for nest in NESTS:
            if nest in step.arguments:
                yield from _steps(step.arguments[nest], f"{step.path}.Arguments.{nest}", (*under, (name, nest)))


def _expressions(value: Any, path: str, without: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Path and value of each expression inside; ``without`` the members of these names."""
    if isinstance(value, dict):
        if is_intended_expression(value):
            yield path, value
        for name, item in value.items():
            if isinstance(item, dict | list) and name not in without:
                yield from _expressions(item, join_path(path, name), without)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, dict | list):
                yield from _expressions(item, f"{path}[{number}]", without)
