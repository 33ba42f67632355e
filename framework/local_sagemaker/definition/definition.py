"""Hold a pipeline's definition, parsed once: every readable part is available, whatever is wrong elsewhere.

Commands, lint, drawings and the runner all pass this value on; ``read`` creates it from JSON text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from local_sagemaker.definition import grammar
from local_sagemaker.definition.branches import excluded_branches
from local_sagemaker.definition.definition_errors import DefinitionError, ExpressionError
from local_sagemaker.definition.expressions import is_intended_expression, path_parts
from local_sagemaker.definition.fits import Misfit, misfit
from local_sagemaker.definition.slots import Slot, join_path, list_items, objects, slots
from local_sagemaker.definition.step_code import ReadCode, no_code

#: Members of a step's Arguments that hold a list of steps.
STEP_LISTS = ("IfSteps", "ElseSteps", "ForEachBody")
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, eq=False)
class WrittenStep:
    """A step as the definition has it.

    ``enclosing_branches`` lists the conditions around the step, the outermost first, each with its branch.
    """

    path: str
    raw: Mapping[str, Any]
    name: str
    type: str
    enclosing_branches: tuple[tuple[str, str], ...]

    @cached_property
    def arguments(self) -> Mapping[str, Any]:
        """The step's Arguments, which are empty if they are not an object."""
        arguments = self.raw.get("Arguments")
        return arguments if isinstance(arguments, dict) else {}

    @cached_property
    def depends_on(self) -> list[tuple[str, str]]:
        """The path and name of each step that DependsOn lists, including those of triggers."""
        entries = enumerate(list_items(self.raw.get("DependsOn")))
        names = ((n, entry.get("Step") if isinstance(entry, dict) else entry) for n, entry in entries)
        path = join_path(self.path, "DependsOn")
        return [(f"{path}[{n}]", name.removeprefix("Steps.")) for n, name in names if isinstance(name, str)]

    @cached_property
    def steps_that_may_fail(self) -> set[str]:
        """The steps in DependsOn whose trigger is not Completed: this step can run even if they do not succeed."""
        entries = objects(self.raw.get("DependsOn"))
        return {str(entry.get("Step")) for _, entry in entries if entry.get("Trigger") != "Completed"}


class Expression(NamedTuple):
    """A Get, Std:Join or Std:JsonGet, and the step that contains it (None outside of steps)."""

    path: str
    value: dict[str, Any]
    step: WrittenStep | None


class Definition:
    """A definition, with the service's shapes if they are known, and with values for its parameters.

    It is never modified, nor is the JSON that it holds.
    """

    def __init__(
        self,
        raw: Mapping[str, Any],
        service: Any = None,
        values: Mapping[str, Any] | None = None,
        text: str | None = None,
        read_code: ReadCode = no_code,
    ):
        self.raw, self.service, self.values = raw, service, dict(values or {})
        #: Reads the code of scripts, where it is known.
        self.read_code = read_code
        self._text = text

    def bind(
        self, service: Any = None, values: Mapping[str, Any] | None = None, read_code: ReadCode = no_code
    ) -> Definition:
        """Return the same definition, bound to the service's shapes, to values of its parameters, and to its code."""
        return Definition(self.raw, service, values, self._text, read_code)

    @cached_property
    def text(self) -> str:
        """The definition's JSON, exactly as it was read."""
        return json.dumps(self.raw) if self._text is None else self._text

    @cached_property
    def slots(self) -> list[Slot]:
        """Every value of the definition with the shape that it must have."""
        return list(slots(self.raw, grammar.definition_shape(self.service)))

    @cached_property
    def misfits(self) -> list[tuple[Slot, Misfit]]:
        """The literals (including keys of maps) that do not fit their shape."""
        misfits = [(s, wrong) for s in self.slots if not s.is_open and (wrong := misfit(s.shape, s.value))]
        for path, value, shape, is_open in self.slots:
            if shape.type_name == "map" and isinstance(value, dict) and not is_open:
                keys = [Slot(join_path(path, key), key, shape.key, False) for key in value]
                misfits += [(key, wrong) for key in keys if (wrong := misfit(key.shape, key.value))]
        return misfits

    @cached_property
    def steps(self) -> list[WrittenStep]:
        """All steps, including those in branches, in the order of the definition."""
        return list(_steps(self.raw.get("Steps"), "Steps", ()))

    @cached_property
    def steps_by_name(self) -> dict[str, WrittenStep]:
        """The steps by name; if two steps share a name, the first is used."""
        steps: dict[str, WrittenStep] = {}
        for step in self.steps:
            steps.setdefault(step.name, step)
        return steps

    @cached_property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The declarations of parameters by name; if two share a name, the first is used."""
        entries: dict[str, dict[str, Any]] = {}
        for _, entry in self.parameter_entries:
            if isinstance(entry.get("Name"), str):
                entries.setdefault(entry["Name"], entry)
        return entries

    @cached_property
    def parameter_entries(self) -> list[tuple[str, dict[str, Any]]]:
        """The path and declaration of each parameter, including those that have no name."""
        return objects(self.raw.get("Parameters"), "Parameters")

    @cached_property
    def expressions(self) -> list[Expression]:
        """All expressions of the definition; a nested one follows the one that contains it."""
        outside = {k: v for k, v in self.raw.items() if k not in ("Steps", "Parameters")}
        expressions = [Expression(path, value, None) for path, value in _expressions(outside, "")]
        for step in self.steps:
            expressions += [
                Expression(path, value, step) for path, value in _expressions(step.raw, step.path, STEP_LISTS)
            ]
        return expressions

    @cached_property
    def known_values(self) -> dict[str, Any]:
        """The value of each parameter: the bound value, or else the default; parameters with neither are left out."""
        entries = self.parameters.items()
        return {n: p["DefaultValue"] for n, p in entries if p.get("DefaultValue") is not None} | self.values

    def is_ruled_out(self, path: str, values: Mapping[str, Any]) -> bool:
        """Return whether these parameters alone rule out a branch that contains this path."""
        step = self.step_at(path)
        above = ((self.steps_by_name.get(name), branch) for name, branch in (step.enclosing_branches if step else ()))
        return any(
            c is not None and branch in excluded_branches(c.arguments.get("Conditions"), values) for c, branch in above
        )

    @cached_property
    def edges(self) -> dict[str, frozenset[str]]:
        """For each step, the steps that must end first: those in DependsOn, those it reads, and its condition step."""
        edges: dict[str, set[str]] = {
            name: {n for _, n in step.depends_on} for name, step in self.steps_by_name.items()
        }
        for _, value, step in self.expressions:
            if step and isinstance(path := value.get("Get"), str) and (name := referenced_step(path)):
                edges[step.name].add(name)
        for step in self.steps_by_name.values():
            edges[step.name].update(name for name, _ in step.enclosing_branches[-1:])
        return {name: frozenset(before & self.steps_by_name.keys()) for name, before in edges.items()}

    def step_at(self, path: str) -> WrittenStep | None:
        """Return the innermost step that contains this path, or None."""
        ends = [part.end() for part in _INDEX.finditer(path)]
        return next(
            (self._steps_by_path[path[:end]] for end in reversed(ends) if path[:end] in self._steps_by_path), None
        )

    @cached_property
    def _steps_by_path(self) -> dict[str, WrittenStep]:
        return {step.path: step for step in self.steps}


def read(text: str | Definition) -> Definition:
    """Read a definition from JSON text, which must be an object with a list of steps; return a Definition unchanged.

    Raises:
        DefinitionError: the text is not such an object. For invalid JSON, the message has the line and column.
    """
    return _read(text) if isinstance(text, str) else text


@lru_cache(maxsize=8)  # one process reads the same text for the command, CreatePipeline and StartPipelineExecution
def _read(text: str) -> Definition:
    try:
        raw = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise DefinitionError(
            f"the definition is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except (ValueError, RecursionError) as error:  # thousands of digits in a number; brackets nested too deep
        raise DefinitionError(f"the definition cannot be read: {error}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("Steps"), list):
        raise DefinitionError('the definition is not an object with a list "Steps"')
    if not raw["Steps"]:
        raise DefinitionError("the definition has no steps")
    return Definition(raw, text=text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; raise DefinitionError if it has a member twice, of which only one could apply."""
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        label = f" of {members['Name']!r}" if isinstance(members.get("Name"), str) else ""
        raise DefinitionError(f"an object{label} has the member {twice!r} twice; only one of them could apply")
    return members


def referenced_step(path: str) -> str | None:
    """Return the name of the step that a path begins with, or None if there is none."""
    try:
        (_, root), *parts = path_parts(path)
    except ExpressionError:
        return None
    return parts[0][1] if root == "Steps" and parts else None


def _steps(raw: Any, path: str, enclosing_branches: tuple[tuple[str, str], ...]) -> Iterator[WrittenStep]:
    for place, entry in objects(raw, path):
        name, step_type = (value if isinstance(value, str) else "" for value in (entry.get("Name"), entry.get("Type")))
        step = WrittenStep(place, entry, name, step_type, enclosing_branches)
        yield step
        for branch in STEP_LISTS:
            if branch in step.arguments:
                inner_branches = (*enclosing_branches, (name, branch))
                yield from _steps(step.arguments[branch], f"{step.path}.Arguments.{branch}", inner_branches)


def _expressions(value: Any, path: str, skipped: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path and value of each expression inside ``value``, except in members whose names are ``skipped``."""
    if isinstance(value, dict):
        if is_intended_expression(value):
            yield path, value
        for name, item in value.items():
            if isinstance(item, dict | list) and name not in skipped:
                yield from _expressions(item, join_path(path, name), skipped)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, dict | list):
                yield from _expressions(item, f"{path}[{number}]", skipped)
