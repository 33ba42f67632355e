"""JSON text to a Definition: parameters, and one flat set of steps with the conditions' branches in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.definition.conditions import check_conditions
from local_sagemaker.definition.errors import DefinitionError, ExpressionError, did_you_mean
from local_sagemaker.definition.expressions import PATH, check_expressions, references
from local_sagemaker.definition.graph import check_acyclic
from local_sagemaker.definition.language import BRANCHES, CHECK_TYPES, SETTINGS, STEP_TYPES
from local_sagemaker.definition.outputs import output_parameters
from local_sagemaker.definition.parameters import Parameter
from local_sagemaker.definition.references import check_references
from local_sagemaker.definition.step import Step

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html
MAX_CHARACTERS, MAX_PARAMETERS = 1_048_576, 200
PROPERTY_FILE = ("PropertyFileName", "OutputName", "FilePath")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


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
    parameters = _parameters(raw.get("Parameters"))
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
    check_references(parameters, steps)
    check_acyclic(edges)
    return Definition(parameters, steps, edges, raw)


def parse_parameters(text: str) -> dict[str, Parameter]:
    """The parameters alone: also of a definition with steps that do not run here.

    Raises:
        DefinitionError: it is no definition, or its parameters are none.
    """
    return _parameters(_load(text).get("Parameters"))


def step_names(text: str) -> list[str]:
    """Names of a definition's steps, those of branches too.

    Raises:
        DefinitionError: it is no definition.
    """
    return [str(step.get("Name")) for step in raw_steps(text)]


def raw_steps(text: str) -> list[dict[str, Any]]:
    """A definition's steps as they are written, those of branches too, of whatever type: it need not run here.

    Raises:
        DefinitionError: it is no definition.
    """

    def walked(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for step in steps:
            yield step
            for branch in BRANCHES:
                yield from walked((step.get("Arguments") or {}).get(branch) or [])

    return list(walked(_load(text)["Steps"]))


def _load(text: str) -> dict[str, Any]:
    if len(text) > MAX_CHARACTERS:
        raise DefinitionError(f"the definition has {len(text)} characters; the service takes {MAX_CHARACTERS}")
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
    return raw


def _parameters(raw: Any) -> dict[str, Parameter]:
    entries = objects(raw, "Parameters")
    if len(entries) > MAX_PARAMETERS:
        raise DefinitionError(f"the definition has {len(entries)} parameters; the service takes {MAX_PARAMETERS}")
    parameters: dict[str, Parameter] = {}
    for entry in entries:
        parameter = Parameter.from_json(entry)
        if parameter.name in parameters:
            raise DefinitionError(f"two parameters are named {parameter.name!r}")
        parameters[parameter.name] = parameter
    return parameters


def objects(raw: Any, where: str) -> list[dict[str, Any]]:
    """``raw`` as a list of objects, empty where there is none; raise DefinitionError when it is something else."""
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(entry, dict) for entry in raw):
        raise DefinitionError(f"{where} must be a list of objects, not {json.dumps(raw)[:120]}")
    return raw


def _walk(raw_steps: list[Any], parent: str = "") -> Iterator[tuple[Step, str]]:
    """Every step with the condition that it stands under, in the order in which they are written."""
    for raw in raw_steps:
        step = _step(raw)
        yield step, parent
        for branch in step.branches:
            yield from _walk(raw["Arguments"].get(branch) or [], step.name)


def _step(raw: Any) -> Step:
    if not isinstance(raw, dict) or not isinstance(raw.get("Name"), str) or not isinstance(raw.get("Type"), str):
        raise DefinitionError(f"a step needs a Name and a Type; found {json.dumps(raw)[:120]}")
    name, kind = raw["Name"], raw["Type"]
    if not _NAME.fullmatch(name):
        raise DefinitionError(f"a step's name must be 1 to 64 of A-Z, a-z, 0-9, '-' and '_'; {name[:80]!r} is not")
    if kind not in STEP_TYPES:
        hint = did_you_mean(kind, STEP_TYPES)
        raise DefinitionError(f"step {name!r} is of type {kind!r}; known here: {', '.join(sorted(STEP_TYPES))}{hint}")
    arguments = raw.get("Arguments", {})
    if not isinstance(arguments, dict):
        raise DefinitionError(f"step {name!r}: Arguments must be an object, not {type(arguments).__name__}")
    branches = BRANCHES if kind == "Condition" else ()
    own = {k: v for k, v in arguments.items() if k not in branches}
    settings = {k: raw[k] for k in SETTINGS.get(kind, ()) if raw.get(k) is not None}
    _check_arguments(name, kind, own, settings)
    return Step(
        name=name,
        type=kind,
        arguments=own,
        depends_on=frozenset({*_dependencies(name, raw.get("DependsOn")), *_steps_named([own, settings])}),
        branches={
            b: tuple(s.get("Name", "") for s in objects(arguments.get(b), f"step {name!r}: {b}")) for b in branches
        },
        outputs=output_parameters(name, raw) if kind == "Lambda" else {},
        property_files=_property_files(name, raw.get("PropertyFiles")),
        settings=settings,
        raw=raw,
    )


def _check_arguments(name: str, kind: str, arguments: dict[str, Any], settings: dict[str, Any]) -> None:
    if kind == "Condition":
        check_conditions(name, arguments.get("Conditions"))
    check, known = settings.get("CheckType"), CHECK_TYPES.get(kind)
    if known and check not in known:
        raise DefinitionError(f"step {name!r}: CheckType is {check!r}; known here: {', '.join(known)}")
    try:
        check_expressions([arguments, settings])
    except ExpressionError as error:
        raise DefinitionError(f"step {name!r}: {error}") from None


def _dependencies(step: str, raw: Any) -> list[str]:
    """DependsOn holds names; SDK v3's StepDependency writes ``{"Step": name, "Trigger": ...}``."""
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(entry, str) for entry in raw):
        raise DefinitionError(
            f"step {step!r}: DependsOn must be a list of step names, not {json.dumps(raw)[:80]} (triggers do not run)"
        )
    return [entry.removeprefix("Steps.") for entry in raw]


def _property_files(step: str, raw: Any) -> dict[str, dict[str, str]]:
    files = objects(raw, f"step {step!r}: PropertyFiles")
    for file in files:
        if not all(isinstance(file.get(member), str) for member in PROPERTY_FILE):
            raise DefinitionError(f"step {step!r}: a property file needs {', '.join(PROPERTY_FILE)}")
    return {file["PropertyFileName"]: file for file in files}


def _steps_named(value: Any) -> Iterator[str]:
    for path in references(value):
        parts = PATH.findall(path)
        if path.startswith("Steps.") and len(parts) > 1:
            yield parts[1][0] or parts[1][1]
