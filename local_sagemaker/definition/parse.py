"""JSON text to a Definition: parameters, and one flat set of steps with the conditions' branches in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.definition.errors import DefinitionError, did_you_mean
from local_sagemaker.definition.expressions import PATH, references
from local_sagemaker.definition.graph import check_acyclic
from local_sagemaker.definition.language import BRANCHES, EXECUTION_VARIABLES, STEP_TYPES
from local_sagemaker.definition.parameters import Parameter


@dataclass(frozen=True)
class Step:
    """One step. ``arguments`` still hold expressions; ``branches`` name the steps of IfSteps and ElseSteps."""

    name: str
    type: str
    arguments: dict[str, Any]
    depends_on: frozenset[str] = frozenset()
    branches: dict[str, tuple[str, ...]] = field(default_factory=dict)
    property_files: dict[str, dict[str, str]] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Definition:
    """A definition whose every reference holds.

    ``edges`` maps each step to the steps that must settle before it may start: its DependsOn, the steps that its
    arguments refer to, and the condition in whose branch it stands.
    """

    parameters: dict[str, Parameter]
    steps: dict[str, Step]
    edges: dict[str, frozenset[str]]
    raw: dict[str, Any] = field(repr=False)


def parse(text: str) -> Definition:
    """Read a definition and check whatever can be known before anything runs.

    Raises:
        DefinitionError: not JSON, an unknown step type, a name used twice, a reference to what is not there, a cycle.
    """
    raw = _load(text)
    parameters = {p["Name"]: Parameter.from_json(p) for p in raw.get("Parameters") or ()}
    steps: dict[str, Step] = {}
    parents: dict[str, str] = {}
    for step, parent in _walk(raw["Steps"]):
        if step.name in steps:
            raise DefinitionError(f"two steps are named {step.name!r}; a step's name must be unique in its pipeline")
        steps[step.name] = step
        if parent:
            parents[step.name] = parent
    edges = {
        name: step.depends_on | ({parents[name]} if name in parents else frozenset()) for name, step in steps.items()
    }
    _check_references(parameters, steps)
    check_acyclic(edges)
    return Definition(parameters, steps, edges, raw)


def _load(text: str) -> dict[str, Any]:
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise DefinitionError(
            f"the definition is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    if not isinstance(raw, dict) or not isinstance(raw.get("Steps"), list):
        raise DefinitionError('the definition is not an object with a list "Steps"')
    if not raw["Steps"]:
        raise DefinitionError("the definition has no steps")
    return raw


def _walk(raw_steps: list[Any], parent: str = "") -> Iterator[tuple[Step, str]]:
    """Every step with the condition that it stands under, in the order in which they are written."""
    for raw in raw_steps:
        step = _step(raw)
        yield step, parent
        for branch in BRANCHES if step.type == "Condition" else ():
            yield from _walk(raw["Arguments"].get(branch) or [], step.name)


def _step(raw: Any) -> Step:
    if not isinstance(raw, dict) or not isinstance(raw.get("Name"), str) or not isinstance(raw.get("Type"), str):
        raise DefinitionError(f"a step needs a Name and a Type; found {json.dumps(raw)[:120]}")
    name, kind = raw["Name"], raw["Type"]
    if kind not in STEP_TYPES:
        hint = did_you_mean(kind, STEP_TYPES)
        raise DefinitionError(f"step {name!r} is of type {kind!r}; known here: {', '.join(sorted(STEP_TYPES))}{hint}")
    arguments = raw.get("Arguments", {})
    if not isinstance(arguments, dict):
        raise DefinitionError(f"step {name!r}: Arguments must be an object, not {type(arguments).__name__}")
    is_branch = kind == "Condition"
    own = {k: v for k, v in arguments.items() if not (is_branch and k in BRANCHES)}
    return Step(
        name=name,
        type=kind,
        arguments=own,
        depends_on=frozenset({*map(_dependency, raw.get("DependsOn") or ()), *_steps_named(own)}),
        branches={b: tuple(s.get("Name", "") for s in arguments.get(b) or ()) for b in BRANCHES if is_branch},
        property_files={f["PropertyFileName"]: f for f in raw.get("PropertyFiles") or ()},
        raw=raw,
    )


def _dependency(entry: Any) -> str:
    """DependsOn holds names; SDK v3's StepDependency writes ``{"Step": name, "Trigger": ...}``."""
    if isinstance(entry, dict):
        raise DefinitionError(f"DependsOn with a trigger does not run here yet: {json.dumps(entry)}")
    return str(entry).removeprefix("Steps.")


def _steps_named(value: Any) -> Iterator[str]:
    for path in references(value):
        parts = PATH.findall(path)
        if path.startswith("Steps.") and len(parts) > 1:
            yield parts[1][0] or parts[1][1]


def _check_references(parameters: dict[str, Parameter], steps: dict[str, Step]) -> None:
    for step in steps.values():
        for name in sorted(step.depends_on - steps.keys()):
            hint = did_you_mean(name, steps)
            raise DefinitionError(f"step {step.name!r} refers to step {name!r}, which is not in the definition{hint}")
        for path in references(step.arguments):
            _check_path(step, path, parameters, steps)


def _check_path(step: Step, path: str, parameters: dict[str, Parameter], steps: dict[str, Step]) -> None:
    scope, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    known = {"Parameters": parameters, "Execution": EXECUTION_VARIABLES, "Steps": steps}
    if scope not in known:
        raise DefinitionError(f"step {step.name!r}: {path!r} must begin with {', '.join(sorted(known))}")
    if scope != "Steps" and name not in known[scope]:
        hint = did_you_mean(name, known[scope])
        raise DefinitionError(f"step {step.name!r} refers to {path!r}, which is not in the definition{hint}")
    match rest.split("."):
        case [other, "PropertyFiles", file] if file not in steps[other].property_files:
            hint = did_you_mean(file, steps[other].property_files)
            raise DefinitionError(f"step {step.name!r}: step {other!r} has no property file {file!r}{hint}")
