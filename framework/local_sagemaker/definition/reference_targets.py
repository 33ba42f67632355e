"""Resolve a ``Get`` to a parameter, an execution variable, or a step's property, output or property file."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.expressions import path_parts
from local_sagemaker.definition.language import SUPPORTED_VARIABLES
from local_sagemaker.definition.shape import ANY, BOOLEAN, STRING, number, structure
from local_sagemaker.definition.slots import objects
from local_sagemaker.definition.step_specs import STEP_SPECS
from local_sagemaker.near_names import did_you_mean

#: The names that the service allows in ``Get: Execution.<name>``.
EXECUTION_VARIABLES = tuple(sorted((*SUPPORTED_VARIABLES, "ProcessingJobName", "TrainingJobName")))
PARAMETER_SHAPES: dict[str, Any] = {
    "String": STRING,
    "Integer": number("Integer"),
    "Float": number("Float", "float"),
    "Boolean": BOOLEAN,
}
#: Lists whose entries a path selects by name -> the member of the entries in the step's Arguments that holds the name.
_NAME_MEMBERS = {
    ("ProcessingOutputConfig", "Outputs"): "OutputName",
    ("ProcessingInputs",): "InputName",
    ("InputDataConfig",): "ChannelName",
}

Part = tuple[str, str]  # name, key or index, and the part itself


class ReferenceTarget(NamedTuple):
    """The shape of a path's target, or ANY if it is unknown.

    For an invalid path, ``rule`` is the lint rule that reports it, and ``message`` says what is wrong.
    """

    shape: Any = ANY
    rule: str = ""
    message: str = ""


def reference_target(definition: Definition, path: str) -> ReferenceTarget:
    """Follow a path, ``Steps.Train.ModelArtifacts.S3ModelArtifacts``, through the definition and the service's shapes.

    Raises:
        ExpressionError: it is not a path.
    """
    root, *parts = path_parts(path)
    follow = ROOTS.get(root[1])
    if follow is None:
        hint = did_you_mean(root[1], ROOTS)
        return ReferenceTarget(
            rule="malformed-expression", message=f"begins with {root[1]!r}, not with {', '.join(ROOTS)}{hint}"
        )
    if not parts:
        return ReferenceTarget(rule="malformed-expression", message=f"is incomplete: a name must follow {root[1]!r}")
    return follow(definition, parts)


def _follow_parameter(definition: Definition, parts: list[Part]) -> ReferenceTarget:
    name = parts[0][1]
    if len(parts) != 1 or name not in definition.parameters:
        return _unknown_target("unknown-parameter", "parameter", ".".join(p[1] for p in parts), definition.parameters)
    return ReferenceTarget(PARAMETER_SHAPES.get(str(definition.parameters[name].get("Type", "String")), ANY))


def _follow_variable(definition: Definition, parts: list[Part]) -> ReferenceTarget:
    name = ".".join(part for _, part in parts)
    return (
        ReferenceTarget(STRING)
        if name in EXECUTION_VARIABLES
        else _unknown_target("unknown-variable", "execution variable", name, EXECUTION_VARIABLES)
    )


def _follow_step(definition: Definition, parts: list[Part]) -> ReferenceTarget:
    name = parts[0][1]
    if name not in definition.steps_by_name:
        return _unknown_target("unknown-step", "step", name, definition.steps_by_name)
    step, member_parts = definition.steps_by_name[name], parts[1:]
    if step.type not in STEP_SPECS:
        return ReferenceTarget()  # the rule unknown-step-type reports it
    member = member_parts[0][1] if member_parts else ""
    return STEP_MEMBERS.get(member, _follow_property)(definition, step, member_parts)


def _follow_property_file(definition: Definition, step: WrittenStep, parts: list[Part]) -> ReferenceTarget:
    names = _values(step.raw.get("PropertyFiles"), "PropertyFileName")
    name = parts[1][1] if len(parts) == 2 else ""
    if name not in names:
        return _unknown_target("unknown-property-file", "property file", name, names, step.name)
    return ReferenceTarget(STRING)


def _follow_output_parameter(definition: Definition, step: WrittenStep, parts: list[Part]) -> ReferenceTarget:
    declared = step.raw.get("OutputParameters")
    name = parts[1][1] if len(parts) == 2 else ""
    types = {str(entry.get("OutputName")): str(entry.get("OutputType")) for _, entry in objects(declared)}
    if name not in types:
        return _unknown_target("unknown-output", "output parameter", name, _values(declared, "OutputName"), step.name)
    return ReferenceTarget(PARAMETER_SHAPES.get(types[name], ANY))


def _follow_property(definition: Definition, step: WrittenStep, parts: list[Part]) -> ReferenceTarget:
    """Follow a path through the response of the step's Describe operation and the properties that Pipelines adds."""
    spec = STEP_SPECS[step.type]
    shapes = [structure(step.type, spec.properties)] if spec.properties else []
    if definition.service is not None:
        shapes += [definition.service.operation_model(d).output_shape for d in spec.describe]
    if not shapes or (spec.describe and definition.service is None):
        return ReferenceTarget()
    if not parts:
        return ReferenceTarget(rule="unknown-property", message=f"names no property of {step.name!r}")
    first = parts[0][1]
    match = next((shape for shape in shapes if first in shape.members), None)
    if match is None:
        return _unknown_target("unknown-property", "property", first, [m for s in shapes for m in s.members], step.name)
    return _walk(step, match, parts)


def _walk(step: WrittenStep, shape: Any, parts: list[Part]) -> ReferenceTarget:
    walked: list[str] = []
    for part_type, part in parts:
        if shape.type_name == "structure":
            if part not in shape.members:
                owner = ".".join([step.name, *walked])
                return _unknown_target("unknown-property", "property", part, shape.members, owner)
            shape = shape.members[part]
        elif shape.type_name == "list" and part_type != "name":
            if part_type == "key" and (missing := _check_entry_name(step, tuple(walked), part)):
                return missing
            shape = shape.member
        elif shape.type_name == "map":
            shape = shape.value
        elif shape.type_name != "any":
            return ReferenceTarget(
                rule="unknown-property", message=f"continues with {part!r} after a {shape.type_name}"
            )
        walked.append(part)
    return ReferenceTarget(shape)


def _check_entry_name(step: WrittenStep, walked: tuple[str, ...], name: str) -> ReferenceTarget | None:
    """Return an unknown-output target if the step's Arguments define this list, but no entry with this name."""
    if walked not in _NAME_MEMBERS:
        return None
    entries: Any = step.arguments
    for part in walked:
        entries = entries.get(part) if isinstance(entries, dict) else None
    names = _values(entries, _NAME_MEMBERS[walked])
    return (
        None if name in names else _unknown_target("unknown-output", f"entry of {walked[-1]}", name, names, step.name)
    )


def _values(entries: Any, member: str) -> list[str]:
    return [entry[member] for _, entry in objects(entries) if isinstance(entry.get(member), str)]


def _unknown_target(
    rule: str, target: str, name: str, known_names: Collection[str], owner: str = ""
) -> ReferenceTarget:
    listed = ", ".join(known_names) if len(known_names) <= _MAX_LISTED else ""
    hint = did_you_mean(name, known_names) or (f"; there is {listed}" if listed else "")
    return ReferenceTarget(
        rule=rule, message=f"names the {target} {name!r}{f' of {owner!r}' if owner else ''}, which does not exist{hint}"
    )


_MAX_LISTED = 10
STEP_MEMBERS: dict[str, Callable[[Definition, WrittenStep, list[Part]], ReferenceTarget]] = {
    "OutputParameters": _follow_output_parameter,
    "PropertyFiles": _follow_property_file,
}
ROOTS: dict[str, Callable[[Definition, list[Part]], ReferenceTarget]] = {
    "Parameters": _follow_parameter,
    "Execution": _follow_variable,
    "Steps": _follow_step,
    "PipelineExperimentConfig": lambda definition, parts: ReferenceTarget(STRING),
    "ForEach": lambda definition, parts: ReferenceTarget(),
    "IterationOutput": lambda definition, parts: ReferenceTarget(),
}
