"""JSON text to a Definition that can run: parameters, and one flat set of steps with the conditions' branches in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.definition.document import Document, WrittenStep
from local_sagemaker.definition.errors import DefinitionError, did_you_mean
from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.language import BRANCHES, EXECUTION_VARIABLES, STEP_TYPES
from local_sagemaker.definition.lint import lint
from local_sagemaker.definition.parameters import Parameter
from local_sagemaker.definition.rules import ERROR
from local_sagemaker.definition.rules.definition_size import MAX_CHARACTERS
from local_sagemaker.definition.step import Step
from local_sagemaker.definition.step_kinds import KINDS


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


def parse(text: str, service: Any = None, values: Mapping[str, Any] | None = None) -> Definition:
    """Read a definition and check whatever can be known before anything runs.

    Args:
        text: JSON.
        service: botocore's model of SageMaker; without it the requests of the steps are not checked.
        values: the parameters' values as far as they are given; what depends on them is checked with those.

    Raises:
        DefinitionError: not JSON, whatever lint calls an error, or something that does not run on this machine.
    """
    if len(text) > MAX_CHARACTERS:
        raise DefinitionError(f"the definition has {len(text)} characters; the service takes {MAX_CHARACTERS}")
    document = Document(load(text), service, values)
    _check_types(document)
    _check(document)
    _check_can_run(document)
    parameters = {name: Parameter.from_json(entry) for name, entry in document.parameters.items()}
    return Definition(
        parameters, {s.name: _step(document, s) for s in document.steps}, document.edges, dict(document.raw)
    )


def _check(document: Document) -> None:
    """Raise DefinitionError with the first error that lint finds, and how many more there are."""
    errors = [finding for finding in lint(document) if finding.level == ERROR]
    if errors:
        more = f" (and {len(errors) - 1} more: pipelines lint lists them)" if len(errors) > 1 else ""
        raise DefinitionError(f"{errors[0]}{more}")


def parse_parameters(text: str) -> dict[str, Parameter]:
    """The parameters alone: also of a definition with steps that do not run here.

    Raises:
        DefinitionError: it is no definition, or its parameters are none.
    """
    document = Document(load(text))
    if document.raw.get("Parameters") is not None and not isinstance(document.raw["Parameters"], list):
        raise DefinitionError("Parameters must be a list")
    return {name: Parameter.from_json(entry) for name, entry in document.parameters.items()}


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
    return [dict(step.raw) for step in Document(load(text)).steps]


def load(text: str) -> dict[str, Any]:
    """A definition's JSON: an object with a list of steps, whatever they are.

    Raises:
        DefinitionError: it is something else; with line and column where it is no JSON.
    """
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


def _check_types(document: Document) -> None:
    """A type that is AWS's and does not run here is said first: nothing else about its step is known here."""
    for step in document.steps:
        if step.type in KINDS and step.type not in STEP_TYPES:
            known = ", ".join(sorted(STEP_TYPES))
            raise DefinitionError(
                f"step {step.name!r} is of type {step.type!r}, which does not run here; known here: {known}"
            )


def _check_can_run(document: Document) -> None:
    """What the service takes, and this machine does not."""
    for step in document.steps:
        if any(isinstance(entry, dict) for entry in step.raw.get("DependsOn") or ()):
            raise DefinitionError(f"step {step.name!r}: DependsOn has a trigger, and triggers do not run here")
    for path in references([step.raw for step in document.steps]):
        root, _, name = path.partition(".")
        if root == "Execution" and name not in EXECUTION_VARIABLES:
            hint = did_you_mean(name, EXECUTION_VARIABLES)
            raise DefinitionError(f"{path} is not known here{hint}; there are {', '.join(EXECUTION_VARIABLES)}")


def _step(document: Document, step: WrittenStep) -> Step:
    members = [name for name in KINDS[step.type].members if name != "PropertyFiles"]
    branches = BRANCHES if step.type == "Condition" else ()
    return Step(
        name=step.name,
        type=step.type,
        arguments={k: v for k, v in step.arguments.items() if k not in branches},
        branches={b: tuple(s.get("Name", "") for s in step.arguments.get(b) or ()) for b in branches},
        property_files={f["PropertyFileName"]: f for f in step.raw.get("PropertyFiles") or ()},
        settings={name: step.raw[name] for name in members if step.raw.get(name) is not None},
        raw=dict(step.raw),
    )
