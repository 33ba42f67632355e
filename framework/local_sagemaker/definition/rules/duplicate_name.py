"""Two steps, two parameters, or two inputs, outputs or channels of a step have the same name.

References use the name, so they are ambiguous. Whether the service picks one or fails shows only when the pipeline is
created or run.
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
#: Members that identify the entries of a list; the first one that occurs in the list is used.
NAME_MEMBERS = ("PropertyFileName", "InputName", "ChannelName", "OutputName", "Key")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the names of parameters, of entries in lists, and of steps; exclusive branches may repeat one."""
    yield from _repeated_names(
        "Name", ((s.path, s.name, s) for s in definition.steps), "give every step of the pipeline its own name"
    )
    yield from _repeated_names("Name", ((p, entry.get("Name"), None) for p, entry in definition.parameter_entries), "")
    for path, value, shape, _ in definition.slots:
        if shape.type_name == "list" and (entries := objects(value, path)):
            name = next((name for name in NAME_MEMBERS if any(name in entry for _, entry in entries)), "")
            yield from _repeated_names(name, ((p, entry.get(name), None) for p, entry in entries), "")


def _repeated_names(member: str, entries: Iterable[tuple[str, Any, WrittenStep | None]], fix: str) -> Iterator[Mistake]:
    first: dict[str, tuple[str, WrittenStep | None]] = {}
    for path, name, step in entries:
        if not isinstance(name, str) or not name:
            continue
        if name in first and not are_exclusive(first[name][1], step):
            yield Mistake(path, f"has the {member} {name!r}, and so has {first[name][0]}", fix)
        first.setdefault(name, (path, step))


def are_exclusive(first: WrittenStep | None, second: WrittenStep | None) -> bool:
    """Return whether two steps are in different branches of one condition, so that only one of them can run."""
    branches = dict(first.enclosing_branches) if first else {}
    return any(
        branches.get(condition, branch) != branch for condition, branch in (second.enclosing_branches if second else ())
    )
