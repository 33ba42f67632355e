"""Turn a definition into boxes and arrows, with the outputs that pass along each arrow."""

from __future__ import annotations

from typing import NamedTuple

from local_sagemaker.definition.definition import Definition, WrittenStep, referenced_step
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expression_text import format_condition
from local_sagemaker.definition.expressions import path_parts
from local_sagemaker.definition.slots import list_items

_BRANCH_LABELS = {"IfSteps": "True", "ElseSteps": "False", "ForEachBody": "each"}
#: How many outputs the label of an arrow lists.
_MAX_OUTPUTS = 3


class Box(NamedTuple):
    """The box that stands for a step; ``lines`` hold its name, then its type, or the conditions of a Condition step."""

    name: str
    type: str
    lines: tuple[str, ...]


class Arrow(NamedTuple):
    """An arrow between two steps.

    ``label`` lists the outputs that are read, or a condition's outcome; it is empty if a step only waits for the other.
    """

    before: str
    after: str
    label: str


class Picture(NamedTuple):
    """What to draw: boxes and arrows."""

    boxes: list[Box]
    arrows: list[Arrow]


def picture(definition: Definition) -> Picture:
    """Return the boxes in the order of the definition, with arrows; if two steps share a name, the first is drawn."""
    labels = _labels(definition)
    arrows = [
        Arrow(before, name, _label(labels.get((before, name), []), step, before))
        for name, step in definition.steps_by_name.items()
        for before in definition.steps_by_name
        if before in definition.edges[name]
    ]
    return Picture([_box(step) for step in definition.steps_by_name.values()], arrows)


def _box(step: WrittenStep) -> Box:
    if step.type == "Condition":
        texts = [format_condition(condition) for condition in list_items(step.arguments.get("Conditions"))]
        lines = [step.name, *texts[:1], *(f"and {text}" for text in texts[1:])]
        return Box(step.name, step.type, tuple(map(_to_printable, lines)))
    return Box(step.name, step.type, (_to_printable(step.name), _to_printable(step.type)))


def _to_printable(text: str) -> str:
    """Return the text on one line, with ``?`` for what cannot be drawn: control characters and lone surrogates."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


def _labels(definition: Definition) -> dict[tuple[str, str], list[str]]:
    """Return the outputs that each step reads from another, without repetition; keys are (step, reader)."""
    labels: dict[tuple[str, str], list[str]] = {}
    for _, value, step in definition.expressions:
        path = value.get("Get")
        before = referenced_step(path) if isinstance(path, str) else None
        if step and before:
            names = labels.setdefault((before, step.name), [])
            if (name := _output_name(str(path))) not in names:
                names.append(name)
    return labels


def _output_name(path: str) -> str:
    """Return the output that a path reads: ``train`` for Outputs['train'], else the first name of the property."""
    try:
        parts = path_parts(path)[2:]
    except ExpressionError:
        return ""
    keys = [part for part_type, part in parts if part_type == "key"]
    if parts and parts[0][1] == "PropertyFiles":
        return parts[-1][1]
    return keys[-1] if keys else parts[0][1] if parts else ""


def _label(outputs: list[str], step: WrittenStep, before: str) -> str:
    outcomes = [_BRANCH_LABELS[branch] for condition, branch in step.enclosing_branches[-1:] if condition == before]
    more = [f"and {len(outputs) - _MAX_OUTPUTS} more"] if len(outputs) > _MAX_OUTPUTS else []
    return _to_printable(", ".join([*outcomes, *outputs[:_MAX_OUTPUTS], *more]))
