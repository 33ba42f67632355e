"""What differs between two definitions, for who reviews the change: order and timestamps do not count."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from local_sagemaker.definition.definition import NESTS, Definition, WrittenStep
from local_sagemaker.definition.expression_text import format_expression
from local_sagemaker.definition.expressions import ELEMENT_NAMES, is_expression
from local_sagemaker.definition.slots import join_path, objects

#: What the SDK writes into names: 2026-01-31-23-59-59-999.
_TIME = re.compile(r"\d{4}(-\d{2}){5}-\d{3}")
#: Keys of code and configuration carry the hash of what lies there.
_HASH = re.compile(r"(?<=/)[0-9a-f]{64}(?=/)")
_NAMES = ("PropertyFileName", *ELEMENT_NAMES, "Key")
_MISSING = object()


class Change(NamedTuple):
    """One difference. ``kind``: added, removed or changed; ``what``: parameter, step, edge or definition."""

    what: str
    name: str
    kind: str
    path: str = ""
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        return WORDS[self.what](self)


def changes(old: Definition, new: Definition) -> list[Change]:
    """What makes ``new`` of ``old``."""
    members = [{k: v for k, v in d.raw.items() if k not in ("Steps", "Parameters")} for d in (old, new)]
    return [
        *_values("definition", "", "", *members),
        *_named("parameter", old.parameters, new.parameters),
        *_steps(old, new),
        *_edges(old, new),
    ]


def _named(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            yield Change(what, name, "removed", before=old[name])
        elif name not in old:
            yield Change(what, name, "added", after=new[name])
        else:
            yield from _values(what, name, "", old[name], new[name])


def _steps(old: Definition, new: Definition) -> Iterator[Change]:
    places = [{name: _place(step) for name, step in d.named.items()} for d in (old, new)]
    raw = [{name: _own(step) for name, step in d.named.items()} for d in (old, new)]
    for name in places[1]:
        if places[0].get(name, places[1][name]) != places[1][name]:
            yield Change("step", name, "changed", "place", places[0][name], places[1][name])
    yield from _named("step", *raw)


def _place(step: WrittenStep) -> str:
    return ", ".join(f"{branch} of {condition}" for condition, branch in step.under) or "the pipeline itself"


def _own(step: WrittenStep) -> dict[str, Any]:
    """The step without those in its branches, and of DependsOn only triggers: edges are told of on their own."""
    arguments = {key: value for key, value in step.arguments.items() if key not in NESTS}
    triggers = [entry for _, entry in objects(step.raw.get("DependsOn"))]
    own = {key: value for key, value in step.raw.items() if key != "Name"}
    return own | {"Arguments": arguments, "DependsOn": triggers}


def _edges(old: Definition, new: Definition) -> Iterator[Change]:
    """Who waits for whom, where both are there before and after."""
    both = old.named.keys() & new.named.keys()
    for name in (name for name in new.named if name in both):
        above = {condition for step in (old.named[name], new.named[name]) for condition, _ in step.under}
        was, will = ((d.edges[name] & both) - above for d in (old, new))
        yield from (Change("edge", name, "added", after=other) for other in sorted(will - was))
        yield from (Change("edge", name, "removed", before=other) for other in sorted(was - will))


def _values(what: str, name: str, path: str, old: Any, new: Any) -> Iterator[Change]:
    was, will = old, new
    old, new = _by_name(old), _by_name(new)
    if isinstance(old, dict) and isinstance(new, dict) and not is_expression(old) and not is_expression(new):
        for key in [*old, *(key for key in new if key not in old)]:
            place = f"{path}['{key.removeprefix(_ENTRY)}']" if key.startswith(_ENTRY) else join_path(path, key)
            yield from _values(what, name, place, old.get(key, _MISSING), new.get(key, _MISSING))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from _values(what, name, f"{path}[{number}]", *pair)
    elif _timeless(was) != _timeless(will):
        kind = "added" if _is_none(old) else "removed" if _is_none(new) else "changed"
        yield Change(what, name, kind, path, *(None if _is_none(value) else value for value in (was, will)))


def _by_name(value: Any) -> Any:
    """A list whose entries have names of their own as an object of them: their order does not count."""
    if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
        for member in _NAMES:
            names = [entry.get(member) for entry in value]
            if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
                return {f"{_ENTRY}{name}": entry for name, entry in zip(names, value, strict=True)}
    return value


#: What the keys begin with that ``_by_name`` makes; no member of a request does.
_ENTRY = "\0"


def _is_none(value: Any) -> bool:
    """Null, and a list or an object of nothing, are as good as nothing."""
    return value is _MISSING or value in (None, [], {})


def _timeless(value: Any) -> Any:
    return None if _is_none(value) else _TIME.sub("<time>", json.dumps(value, sort_keys=True))


def _parameter_words(change: Change) -> str:
    if change.path == "" and change.kind != "changed":
        entry = change.after or change.before
        default = entry.get("DefaultValue")
        tail = "" if default is None or change.kind == "removed" else f", {format_expression(default)} by default"
        return f"parameter {change.name} ({entry.get('Type', 'String')}) is {_GONE_OR_NEW[change.kind]}{tail}"
    return f"parameter {change.name}: {_value_words(change)}"


def _step_words(change: Change) -> str:
    if change.path == "":
        entry = change.after or change.before
        return f"step {change.name} ({entry.get('Type')}) is {_GONE_OR_NEW[change.kind]}"
    if change.path == "place":
        return f"step {change.name} is now in {change.after}, was in {change.before}"
    return f"step {change.name}: {_value_words(change)}"


def _edge_words(change: Change) -> str:
    if change.kind == "added":
        return f"step {change.name} now waits for {change.after}"
    return f"step {change.name} no longer waits for {change.before}"


def _value_words(change: Change) -> str:
    before, after = (format_expression(value) for value in (change.before, change.after))
    if before == after:  # two expressions of one spelling, such as a parameter, and the same as text
        before, after = (json.dumps(value) for value in (change.before, change.after))
    if change.kind == "added":
        return f"{change.path} is new: {after}"
    if change.kind == "removed":
        return f"{change.path} is gone, was {before}"
    if _HASH.search(before) and _HASH.sub("", before) == _HASH.sub("", after):
        return f"{change.path}: {after.strip(chr(34)).rpartition('/')[2]} has another content"
    return f"{change.path} is {after}, was {before}"


_GONE_OR_NEW = {"added": "new", "removed": "gone"}
WORDS = {
    "definition": lambda change: f"the definition: {_value_words(change)}",
    "edge": _edge_words,
    "parameter": _parameter_words,
    "step": _step_words,
}
