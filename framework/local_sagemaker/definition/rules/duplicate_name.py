"""Two steps, two parameters, or two inputs, outputs or channels of a step with one name.

A name is what references go by; which of the two the service takes, or that it refuses both, shows only there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.slots import objects

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html"
GOOD = _examples.definition(_examples.processing("Prepare"), _examples.processing("Evaluate"))
BAD = _examples.with_value(
    _examples.definition(_examples.processing("Prepare"), _examples.processing("Evaluate")), "Steps[1].Name", "Prepare"
)
#: What tells the entries of a list apart: the first of these that they have.
NAMES = ("PropertyFileName", "InputName", "ChannelName", "OutputName", "Key")


def check(definition: Definition) -> Iterator[Mistake]:
    """Steps, but for those in both branches of a condition, which have a rule; parameters; named entries of lists."""
    yield from _twice("Name", ((s.path, s.name, s) for s in definition.steps), "every step of a pipeline has its own")
    yield from _twice("Name", ((p, entry.get("Name"), None) for p, entry in definition.declared), "")
    for path, value, shape, _ in definition.slots:
        if shape.type_name == "list" and (entries := objects(value, path)):
            name = next((name for name in NAMES if any(name in entry for _, entry in entries)), "")
            yield from _twice(name, ((p, entry.get(name), None) for p, entry in entries), "")


def _twice(what: str, named: Iterable[tuple[str, Any, WrittenStep | None]], fix: str) -> Iterator[Mistake]:
    first: dict[str, tuple[str, WrittenStep | None]] = {}
    for path, name, step in named:
        if not isinstance(name, str) or not name:
            continue
        if name in first and not are_exclusive(first[name][1], step):
            yield Mistake(path, f"has the {what} {name!r}, and so has {first[name][0]}", fix)
        first.setdefault(name, (path, step))


def are_exclusive(one: WrittenStep | None, other: WrittenStep | None) -> bool:
    """Whether two steps stand in different branches of one condition, so that never both run."""
    taken = dict(one.under) if one else {}
    return any(taken.get(condition, branch) != branch for condition, branch in (other.under if other else ()))
