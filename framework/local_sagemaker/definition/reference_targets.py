"""What a ``Get`` leads to: a parameter, a variable of the execution, a step's property, output or property file."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.expressions import path_parts
from local_sagemaker.definition.shape import ANY, BOOLEAN, STRING, number, structure
from local_sagemaker.definition.slots import objects
from local_sagemaker.definition.step_specs import STEP_SPECS
from local_sagemaker.near_names import did_you_mean

#: What ``Get: Execution.<name>`` may name on the service.
VARIABLES = (
    "CurrentDateTime",
    "PipelineArn",
    "PipelineExecutionArn",
    "PipelineExecutionId",
    "PipelineName",
    "ProcessingJobName",
    "StartDateTime",
    "TrainingJobName",
)
TYPES: dict[str, Any] = {
    "String": STRING,
    "Integer": number("Integer"),
    "Float": number("Float", "float"),
    "Boolean": BOOLEAN,
}
#: Lists that a path asks by name -> where in the step's own Arguments the names stand.
_NAMED_BY_THE_STEP = {
    ("ProcessingOutputConfig", "Outputs"): "OutputName",
    ("ProcessingInputs",): "InputName",
    ("InputDataConfig",): "ChannelName",
}

Part = tuple[str, str]  # name, key or index, and the part itself


class ReferenceTarget(NamedTuple):
    """Where a path ends: its shape, ANY where that is not known.

    Or what is wrong on the way: the ``rule`` that says so, and ``message`` for it.
    """

    shape: Any = ANY
    rule: str = ""
    message: str = ""


def reference_target(definition: Definition, path: str) -> ReferenceTarget:
    """Follow a path, ``Steps.Train.ModelArtifacts.S3ModelArtifacts``, through what the definition and the service say.

    Raises:
        ExpressionError: it is no path.
    """
    root, *rest = path_parts(path)
    follow = ROOTS.get(root[1])
    if follow is None:
        hint = did_you_mean(root[1], ROOTS)
        return ReferenceTarget(
            rule="malformed-expression", message=f"begins with {root[1]!r}, not with {', '.join(ROOTS)}{hint}"
        )
    if not rest:
        return ReferenceTarget(rule="malformed-expression", message="is not complete: it names nothing of that")
    return follow(definition, rest)


def _parameter(definition: Definition, parts: list[Part]) -> ReferenceTarget:
    name = parts[0][1]
    if len(parts) != 1 or name not in definition.parameters:
        return _unknown("unknown-parameter", "parameter", ".".join(p[1] for p in parts), definition.parameters)
    return ReferenceTarget(TYPES.get(str(definition.parameters[name].get("Type", "String")), ANY))


def _variable(definition: Definition, parts: list[Part]) -> ReferenceTarget:
    name = ".".join(part for _, part in parts)
    return (
        ReferenceTarget(STRING)
        if name in VARIABLES
        else _unknown("unknown-variable", "execution variable", name, VARIABLES)
    )


def _step(definition: Definition, parts: list[Part]) -> ReferenceTarget:
    name = parts[0][1]
    if name not in definition.named:
        return _unknown("unknown-step", "step", name, definition.named)
    step, rest = definition.named[name], parts[1:]
    if step.type not in STEP_SPECS:
        return ReferenceTarget()  # the rule on step types speaks of it
    head = rest[0][1] if rest else ""
    return OWN.get(head, _property)(definition, step, rest)


def _property_file(definition: Definition, step: WrittenStep, parts: list[Part]) -> ReferenceTarget:
    names = _values(step.raw.get("PropertyFiles"), "PropertyFileName")
    name = parts[1][1] if len(parts) == 2 else ""
    if name not in names:
        return _unknown("unknown-property-file", "property file", name, names, step.name)
    return ReferenceTarget(STRING)


def _output_parameter(definition: Definition, step: WrittenStep, parts: list[Part]) -> ReferenceTarget:
    declared = step.raw.get("OutputParameters")
    name = parts[1][1] if len(parts) == 2 else ""
    kinds = {str(entry.get("OutputName")): str(entry.get("OutputType")) for _, entry in objects(declared)}
    if name not in kinds:
        return _unknown("unknown-output", "output parameter", name, _values(declared, "OutputName"), step.name)
    return ReferenceTarget(TYPES.get(kinds[name], ANY))


def _property(definition: Definition, step: WrittenStep, parts: list[Part]) -> ReferenceTarget:
    """Along what Describe answers, and what the service adds to it."""
    kind = STEP_SPECS[step.type]
    shapes = [structure(step.type, kind.properties)] if kind.properties else []
    if definition.service is not None:
        shapes += [definition.service.operation_model(d).output_shape for d in kind.describe]
    if not shapes or (kind.describe and definition.service is None):
        return ReferenceTarget()
    if not parts:
        return ReferenceTarget(rule="unknown-property", message=f"names no property of {step.name!r}")
    first = parts[0][1]
    found = next((shape for shape in shapes if first in shape.members), None)
    if found is None:
        return _unknown("unknown-property", "property", first, [m for s in shapes for m in s.members], step.name)
    return _walk(step, found, parts)


def _walk(step: WrittenStep, shape: Any, parts: list[Part]) -> ReferenceTarget:
    walked: list[str] = []
    for how, part in parts:
        if shape.type_name == "structure":
            if part not in shape.members:
                where = ".".join([step.name, *walked])
                return _unknown("unknown-property", "property", part, shape.members, where)
            shape = shape.members[part]
        elif shape.type_name == "list" and how != "name":
            if how == "key" and (missing := _not_among(step, tuple(walked), part)):
                return missing
            shape = shape.member
        elif shape.type_name == "map":
            shape = shape.value
        elif shape.type_name != "any":
            return ReferenceTarget(rule="unknown-property", message=f"goes on with {part!r} after a {shape.type_name}")
        walked.append(part)
    return ReferenceTarget(shape)


def _not_among(step: WrittenStep, walked: tuple[str, ...], name: str) -> ReferenceTarget | None:
    """A name that the step's own Arguments do not give, of a list that they fill."""
    if walked not in _NAMED_BY_THE_STEP:
        return None
    entries: Any = step.arguments
    for part in walked:
        entries = entries.get(part) if isinstance(entries, dict) else None
    names = _values(entries, _NAMED_BY_THE_STEP[walked])
    return None if name in names else _unknown("unknown-output", f"entry of {walked[-1]}", name, names, step.name)


def _values(entries: Any, member: str) -> list[str]:
    return [entry[member] for _, entry in objects(entries) if isinstance(entry.get(member), str)]


def _unknown(rule: str, what: str, name: str, known: Collection[str], of: str = "") -> ReferenceTarget:
    few = ", ".join(known) if len(known) <= _FEW else ""
    hint = did_you_mean(name, known) or (f"; there is {few}" if few else "")
    return ReferenceTarget(
        rule=rule, message=f"names the {what} {name!r}{f' of {of!r}' if of else ''}, which is not there{hint}"
    )


_FEW = 10
OWN: dict[str, Callable[[Definition, WrittenStep, list[Part]], ReferenceTarget]] = {
    "OutputParameters": _output_parameter,
    "PropertyFiles": _property_file,
}
ROOTS: dict[str, Callable[[Definition, list[Part]], ReferenceTarget]] = {
    "Parameters": _parameter,
    "Execution": _variable,
    "Steps": _step,
    "PipelineExperimentConfig": lambda definition, parts: ReferenceTarget(STRING),
    "ForEach": lambda definition, parts: ReferenceTarget(),
    "IterationOutput": lambda definition, parts: ReferenceTarget(),
}
