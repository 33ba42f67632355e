"""Build the graph of a definition that can run here: its parameters, and all steps, including those of branches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.definition.definition import Definition, WrittenStep, read
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.language import BRANCHES, STEP_TYPES, SUPPORTED_VARIABLES
from local_sagemaker.definition.lint import lint
from local_sagemaker.definition.parameters import Parameter, declared_parameters
from local_sagemaker.definition.rules import ERROR
from local_sagemaker.definition.rules.definition_size import MAX_CHARACTERS
from local_sagemaker.definition.step import Step
from local_sagemaker.definition.step_specs import STEP_SPECS
from local_sagemaker.near_names import did_you_mean


@dataclass(frozen=True)
class Graph:
    """A definition in which every reference is valid.

    ``edges`` maps each step to the steps that must end before it may start: its DependsOn, the steps that its
    arguments refer to, and the condition whose branch contains it.
    """

    parameters: dict[str, Parameter]
    steps: dict[str, Step]
    edges: dict[str, frozenset[str]]
    raw: Mapping[str, Any] = field(repr=False)


def graph_of(definition: Definition | str, later: Collection[str] = ()) -> Graph:
    """Return the graph of a definition after checking everything that can be checked before it runs.

    If the definition is bound (``Definition.bind``), this includes the steps' requests and the parameters' values.
    ``later`` names the rules whose errors are reported another time.

    Raises:
        DefinitionError: it is not JSON, lint reports an error, or it uses something that does not run on this machine.
    """
    text = definition if isinstance(definition, str) else definition.text
    if len(text) > MAX_CHARACTERS:
        raise DefinitionError(f"the definition has {len(text)} characters; the service allows {MAX_CHARACTERS}")
    definition = read(definition)
    _check_types(definition)
    _refuse_errors(definition, later)
    _check_can_run(definition)
    steps = {step.name: _executable_step(step) for step in definition.steps}
    return Graph(declared_parameters(definition), steps, definition.edges, definition.raw)


def _refuse_errors(definition: Definition, later: Collection[str]) -> None:
    """Raise DefinitionError with the first error that lint finds, and the number of further ones."""
    errors = [finding for finding in lint(definition) if finding.level == ERROR and finding.rule not in later]
    if errors:
        more = f" (and {len(errors) - 1} more, which lint lists)" if len(errors) > 1 else ""
        raise DefinitionError(f"{errors[0]}{more}")


def _check_types(definition: Definition) -> None:
    """Raise DefinitionError for a step type that AWS has but this machine does not run.

    This comes before lint, as nothing else about such a step can be checked here.
    """
    for step in definition.steps:
        if step.type in STEP_SPECS and step.type not in STEP_TYPES:
            supported = ", ".join(sorted(STEP_TYPES))
            raise DefinitionError(
                f"step {step.name!r} has type {step.type!r}, which does not run here; supported types: {supported}"
            )


def _check_can_run(definition: Definition) -> None:
    """Raise DefinitionError for what the service supports but this machine does not."""
    for step in definition.steps:
        if any(isinstance(entry, dict) for entry in step.raw.get("DependsOn") or ()):
            raise DefinitionError(f"step {step.name!r}: DependsOn has a trigger, and triggers are not supported here")
    for path in references([step.raw for step in definition.steps]):
        root, _, name = path.partition(".")
        if root == "Execution" and name not in SUPPORTED_VARIABLES:
            hint = did_you_mean(name, SUPPORTED_VARIABLES)
            raise DefinitionError(f"{path} is not supported here{hint}; there are {', '.join(SUPPORTED_VARIABLES)}")


def _executable_step(step: WrittenStep) -> Step:
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
