"""List the differences between two definitions for a reviewer; order and timestamps are ignored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from local_sagemaker.definition.definition import STEP_LISTS, Definition, WrittenStep
from local_sagemaker.definition.expression_text import format_expression
from local_sagemaker.definition.expressions import ELEMENT_NAMES, is_expression
from local_sagemaker.definition.slots import join_path, objects

#: The timestamps that the SDK writes into names: 2026-01-31-23-59-59-999.
_TIME = re.compile(r"\d{4}(-\d{2}){5}-\d{3}")
#: S3 keys of code and configuration contain the hash of the content.
_HASH = re.compile(r"(?<=/)[0-9a-f]{64}(?=/)")
_NAME_MEMBERS = ("PropertyFileName", *ELEMENT_NAMES, "Key")
_MISSING = object()
#: Stands for a path if a step has moved to another branch.
_PLACE = "place"


class Change(NamedTuple):
    """One difference between two definitions.

    ``kind`` is added, removed or changed; ``what`` is parameter, step, edge or definition.
    """

    what: str
    name: str
    kind: str
    path: str = ""
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        return CHANGE_FORMATTERS[self.what](self)


def changes(old: Definition, new: Definition) -> list[Change]:
    """Return the changes that lead from ``old`` to ``new``."""
    members = [{k: v for k, v in d.raw.items() if k not in ("Steps", "Parameters")} for d in (old, new)]
    return [
        *_compare_values("definition", "", "", *members),
        *_compare_named("parameter", old.parameters, new.parameters),
        *_compare_steps(old, new),
        *_compare_edges(old, new),
    ]


def _compare_named(element: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            yield Change(element, name, "removed", before=old[name])
        elif name not in old:
            yield Change(element, name, "added", after=new[name])
        else:
            yield from _compare_values(element, name, "", old[name], new[name])


def _compare_steps(old: Definition, new: Definition) -> Iterator[Change]:
    places = [{name: _place(step) for name, step in d.steps_by_name.items()} for d in (old, new)]
    raw = [{name: _own_members(step) for name, step in d.steps_by_name.items()} for d in (old, new)]
    for name in places[1]:
        if places[0].get(name, places[1][name]) != places[1][name]:
            yield Change("step", name, "changed", _PLACE, places[0][name], places[1][name])
    yield from _compare_named("step", *raw)


def _place(step: WrittenStep) -> str:
    return (
        ", ".join(f"{branch} of {condition}" for condition, branch in step.enclosing_branches) or "the pipeline itself"
    )


def _own_members(step: WrittenStep) -> dict[str, Any]:
    """Return the step without its name and the steps in its branches.

    DependsOn keeps only triggers, as edges are compared separately.
    """
    arguments = {key: value for key, value in step.arguments.items() if key not in STEP_LISTS}
    triggers = [entry for _, entry in objects(step.raw.get("DependsOn"))]
    members = {key: value for key, value in step.raw.items() if key != "Name"}
    return members | {"Arguments": arguments, "DependsOn": triggers}


def _compare_edges(old: Definition, new: Definition) -> Iterator[Change]:
    """Yield the changes of edges between steps that both definitions have."""
    both = old.steps_by_name.keys() & new.steps_by_name.keys()
    for name in (name for name in new.steps_by_name if name in both):
        above = {
            condition
            for step in (old.steps_by_name[name], new.steps_by_name[name])
            for condition, _ in step.enclosing_branches
        }
        before, after = ((d.edges[name] & both) - above for d in (old, new))
        yield from (Change("edge", name, "added", after=step_name) for step_name in sorted(after - before))
        yield from (Change("edge", name, "removed", before=step_name) for step_name in sorted(before - after))


def _compare_values(element: str, name: str, path: str, old: Any, new: Any) -> Iterator[Change]:
    before, after = old, new
    old, new = _index_by_name(old), _index_by_name(new)
    if isinstance(old, dict) and isinstance(new, dict) and not is_expression(old) and not is_expression(new):
        for key in [*old, *(key for key in new if key not in old)]:
            place = f"{path}['{key.removeprefix(_NAME_MARK)}']" if key.startswith(_NAME_MARK) else join_path(path, key)
            yield from _compare_values(element, name, place, old.get(key, _MISSING), new.get(key, _MISSING))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from _compare_values(element, name, f"{path}[{number}]", *pair)
    elif _normalize(before) != _normalize(after):
        change_type = "added" if _is_empty(old) else "removed" if _is_empty(new) else "changed"
        yield Change(
            element, name, change_type, path, *(None if _is_empty(value) else value for value in (before, after))
        )


def _index_by_name(value: Any) -> Any:
    """Return a list of uniquely named entries as a dict by name, as their order does not matter; else ``value``."""
    if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
        for member in _NAME_MEMBERS:
            names = [entry.get(member) for entry in value]
            if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
                return {f"{_NAME_MARK}{name}": entry for name, entry in zip(names, value, strict=True)}
    return value


#: Marks the keys that ``_index_by_name`` creates; no member of a request begins with it.
_NAME_MARK = "\0"


def _is_empty(value: Any) -> bool:
    """Return whether a value is missing, null, or an empty list or object, which all mean the same."""
    return value is _MISSING or value in (None, [], {})


def _normalize(value: Any) -> Any:
    return None if _is_empty(value) else _TIME.sub("<time>", json.dumps(value, sort_keys=True))


def _describe_parameter(change: Change) -> str:
    if change.path == "" and change.kind != "changed":
        entry = change.after or change.before
        default = entry.get("DefaultValue")
        tail = "" if default is None or change.kind == "removed" else f", {format_expression(default)} by default"
        return f"parameter {change.name} ({entry.get('Type', 'String')}) is {_GONE_OR_NEW[change.kind]}{tail}"
    return f"parameter {change.name}: {_describe_value(change)}"


def _describe_step(change: Change) -> str:
    if change.path == "":
        entry = change.after or change.before
        return f"step {change.name} ({entry.get('Type')}) is {_GONE_OR_NEW[change.kind]}"
    if change.path == _PLACE:
        return f"step {change.name} is now in {change.after}, was in {change.before}"
    return f"step {change.name}: {_describe_value(change)}"


def _describe_edge(change: Change) -> str:
    if change.kind == "added":
        return f"step {change.name} now waits for {change.after}"
    return f"step {change.name} no longer waits for {change.before}"


def _describe_value(change: Change) -> str:
    before, after = (format_expression(value) for value in (change.before, change.after))
    if before == after:  # two expressions may look alike: a parameter, and a Std:Join of only that parameter
        before, after = (json.dumps(value) for value in (change.before, change.after))
    if change.kind == "added":
        return f"{change.path} is new: {after}"
    if change.kind == "removed":
        return f"{change.path} is gone, was {before}"
    if _HASH.search(before) and _HASH.sub("", before) == _HASH.sub("", after):
        return f"{change.path}: the content of {after.strip(chr(34)).rpartition('/')[2]} has changed"
    return f"{change.path} is {after}, was {before}"


_GONE_OR_NEW = {"added": "new", "removed": "gone"}
CHANGE_FORMATTERS = {
    "definition": lambda change: f"the definition: {_describe_value(change)}",
    "edge": _describe_edge,
    "parameter": _describe_parameter,
    "step": _describe_step,
}
