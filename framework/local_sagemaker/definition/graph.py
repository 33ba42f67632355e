"""A definition that can run here: parameters, and one flat set of steps with the conditions' branches in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.definition.definition import Definition, WrittenStep, read
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.language import BRANCHES, EXECUTION_VARIABLES, STEP_TYPES
from local_sagemaker.definition.lint import lint
from local_sagemaker.definition.parameters import Parameter, declared_parameters
from local_sagemaker.definition.rules import ERROR
from local_sagemaker.definition.rules.definition_size import MAX_CHARACTERS
from local_sagemaker.definition.step import Step
from local_sagemaker.definition.step_specs import STEP_SPECS
from local_sagemaker.near_names import did_you_mean


@dataclass(frozen=True)
class Graph:
    """A definition whose every reference holds.

    ``edges`` maps each step to the steps that must settle before it may start: its DependsOn, the steps that its
    arguments refer to, and the condition in whose branch it stands.
    """

    parameters: dict[str, Parameter]
    steps: dict[str, Step]
    edges: dict[str, frozenset[str]]
    raw: Mapping[str, Any] = field(repr=False)


def graph_of(definition: Definition | str) -> Graph:
    """The graph of a definition, once whatever can be known before anything runs has been checked: the requests of its
    steps and the values of its parameters, too, where it is seen with them (``Definition.against``).

    Raises:
        DefinitionError: not JSON, whatever lint calls an error, or something that does not run on this machine.
    """
    text = definition if isinstance(definition, str) else definition.text
    if len(text) > MAX_CHARACTERS:
        raise DefinitionError(f"the definition has {len(text)} characters; the service takes {MAX_CHARACTERS}")
    definition = read(definition)
    _check_types(definition)
    _check(definition)
    _check_can_run(definition)
    steps = {step.name: _step(step) for step in definition.steps}
    return Graph(declared_parameters(definition), steps, definition.edges, definition.raw)


def _check(definition: Definition) -> None:
    """Raise DefinitionError with the first error that lint finds, and how many more there are."""
    errors = [finding for finding in lint(definition) if finding.level == ERROR]
    if errors:
        more = f" (and {len(errors) - 1} more: pipelines lint lists them)" if len(errors) > 1 else ""
        raise DefinitionError(f"{errors[0]}{more}")


def _check_types(definition: Definition) -> None:
    """A type that is AWS's and does not run here is said first: nothing else about its step is known here."""
    for step in definition.steps:
        if step.type in STEP_SPECS and step.type not in STEP_TYPES:
            known = ", ".join(sorted(STEP_TYPES))
            raise DefinitionError(
                f"step {step.name!r} is of type {step.type!r}, which does not run here; known here: {known}"
            )


def _check_can_run(definition: Definition) -> None:
    """What the service takes, and this machine does not."""
    for step in definition.steps:
        if any(isinstance(entry, dict) for entry in step.raw.get("DependsOn") or ()):
            raise DefinitionError(f"step {step.name!r}: DependsOn has a trigger, and triggers do not run here")
    for path in references([step.raw for step in definition.steps]):
        root, _, name = path.partition(".")
        if root == "Execution" and name not in EXECUTION_VARIABLES:
            hint = did_you_mean(name, EXECUTION_VARIABLES)
            raise DefinitionError(f"{path} is not known here{hint}; there are {', '.join(EXECUTION_VARIABLES)}")


def _step(step: WrittenStep) -> Step:
    members = [name for name in STEP_SPECS[step.type].members if name != "PropertyFiles"]
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
