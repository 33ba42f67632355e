"""A definition as a picture: boxes and arrows, with what goes along each arrow."""

from __future__ import annotations

from typing import NamedTuple

from local_sagemaker.definition.definition import Definition, WrittenStep, step_named
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expression_text import format_condition
from local_sagemaker.definition.expressions import path_parts
from local_sagemaker.definition.slots import list_items

_BRANCHES = {"IfSteps": "True", "ElseSteps": "False", "ForEachBody": "each"}
#: Labels of one arrow that are spelt out.
_SHOWN = 3


class Box(NamedTuple):
    """A step. ``lines``: its name, then its type, or what a condition asks."""

    name: str
    type: str
    lines: tuple[str, ...]


class Arrow(NamedTuple):
    """``label``: the outputs that go along it, or a condition's outcome; empty where a step only waits."""

    before: str
    after: str
    label: str


class Picture(NamedTuple):
    """What there is to draw."""

    boxes: list[Box]
    arrows: list[Arrow]


def picture(definition: Definition) -> Picture:
    """Boxes in the order of the definition; of two steps with one name the first."""
    labels = _labels(definition)
    arrows = [
        Arrow(before, name, _label(labels.get((before, name), []), step, before))
        for name, step in definition.named.items()
        for before in definition.named
        if before in definition.edges[name]
    ]
    return Picture([_box(step) for step in definition.named.values()], arrows)


def _box(step: WrittenStep) -> Box:
    if step.type == "Condition":
        words = [format_condition(condition) for condition in list_items(step.arguments.get("Conditions"))]
        return Box(step.name, step.type, (_printable(step.name), *map(_printable, [*words[:1], *_joined(words[1:])])))
    return Box(step.name, step.type, (_printable(step.name), _printable(step.type)))


def _joined(words: list[str]) -> list[str]:
    return [f"and {one}" for one in words]


def _printable(text: str) -> str:
    """On one line, without what no picture can hold: control characters and halves of characters."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


def _labels(definition: Definition) -> dict[tuple[str, str], list[str]]:
    """(step, reader) -> the outputs that it reads, each once."""
    found: dict[tuple[str, str], list[str]] = {}
    for _, value, step in definition.expressions:
        path = value.get("Get")
        before = step_named(path) if isinstance(path, str) else None
        if step and before:
            words = found.setdefault((before, step.name), [])
            if (word := _output(str(path))) not in words:
                words.append(word)
    return found


def _output(path: str) -> str:
    """What a path takes of a step: ``train`` of Outputs['train'], else the property's first word."""
    try:
        parts = path_parts(path)[2:]
    except ExpressionError:
        return ""
    keys = [part for how, part in parts if how == "key"]
    if parts and parts[0][1] == "PropertyFiles":
        return parts[-1][1]
    return keys[-1] if keys else parts[0][1] if parts else ""


def _label(words: list[str], step: WrittenStep, before: str) -> str:
    outcomes = [_BRANCHES[branch] for condition, branch in step.under[-1:] if condition == before]
    more = [f"and {len(words) - _SHOWN} more"] if len(words) > _SHOWN else []
    return _printable(", ".join([*outcomes, *words[:_SHOWN], *more]))
