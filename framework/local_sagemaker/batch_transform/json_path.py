"""The subset of JSONPath that filters of a transform job may use.

    $                the whole            .name or ['name', 'other']   one child, or several as an object
    [0,-1]           items of an array    [1:] or [0,5:]               slices of it
    .* or [*]        all children, as an array

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

_STEP = re.compile(
    r"\.?\[\s*(?P<items>-?\d*\s*:?\s*-?\d*(?:\s*,\s*-?\d*\s*:?\s*-?\d*)*)\s*\]"
    r"|\.?\[\s*(?P<names>'[^']*'(?:\s*,\s*'[^']*')*)\s*\]"
    r"|\.?\[\s*(?P<star>\*)\s*\]|\.(?P<dotted_star>\*)|\.(?P<name>[^.\[\]*'\s]+)"
)


class PathError(Exception):
    """Raised when a filter is no path, or selects nothing in a record."""


class Slice(NamedTuple):
    """Some neighbouring items of an array; None for an end that is open."""

    start: int | None
    end: int | None


class Step(NamedTuple):
    """One step down: ``kind`` is names, items or all; ``keys`` are texts, or numbers and slices."""

    kind: str
    keys: tuple[Any, ...]

    @property
    def is_many(self) -> bool:
        """Whether what it selects is an array of which each goes on."""
        return self.kind == "all" or (self.kind == "items" and (len(self.keys) > 1 or isinstance(self.keys[0], Slice)))


Path = tuple[Step, ...]


def parse(text: str) -> Path:
    """A path's steps; none for ``$``.

    Raises:
        PathError: it is no path of this subset.
    """
    if not text.startswith("$"):
        raise PathError(f"the filter {text!r} must begin with $")
    steps, at = [], 1
    while at < len(text):
        match = _STEP.match(text, at)
        if not match:
            raise PathError(f"the filter {text!r} is not understood from {text[at:]!r} on")
        steps.append(_step(match, text))
        at = match.end()
    return tuple(steps)


def select(path: Sequence[Step], value: Any) -> Any:
    """What a path selects of a value.

    Raises:
        PathError: nothing: a name or an index that is not there.
    """
    if not path:
        return value
    step, *rest = path
    found = _SELECT[step.kind](step.keys, value)
    return [select(rest, one) for one in found] if step.is_many else select(rest, found)


def columns(path: Path, width: int) -> list[int]:
    """Which columns of a CSV row of this width a path selects.

    Raises:
        PathError: a column that is not there, none at all, or a name.
    """
    if len(path) > 1 or any(step.kind == "names" for step in path):
        raise PathError("a row has no names; select columns by their numbers, as in $[1:]")
    found = select(path, list(range(width)))
    return found if isinstance(found, list) else [found]


def _step(match: re.Match[str], text: str) -> Step:
    if match["name"]:
        return Step("names", (match["name"],))
    if match["names"]:
        return Step("names", tuple(re.findall(r"'([^']*)'", match["names"])))
    if match["star"] or match["dotted_star"]:
        return Step("all", ())
    return Step("items", tuple(_item(word, text) for word in match["items"].split(",")))


def _item(word: str, text: str) -> int | Slice:
    start, colon, end = (part.strip() for part in word.partition(":"))
    if not colon and not start:
        raise PathError(f"the filter {text!r} has an empty index")
    return Slice(int(start) if start else None, int(end) if end else None) if colon else int(start)


def _names(keys: tuple[str, ...], value: Any) -> Any:
    missing = [key for key in keys if not isinstance(value, dict) or key not in value]
    if missing:
        there = f"it has {', '.join(value)}" if isinstance(value, dict) else "it is no object"
        raise PathError(f"the record has no {missing[0]!r}; {there}")
    return value[keys[0]] if len(keys) == 1 else {key: value[key] for key in keys}


def _items(keys: tuple[int | Slice, ...], value: Any) -> Any:
    if not isinstance(value, list):
        raise PathError("an index where the record has no array")
    found: list[Any] = []
    for key in keys:
        if isinstance(key, Slice):
            found += value[key.start : key.end]
        elif -len(value) <= key < len(value):
            found.append(value[key])
        else:
            raise PathError(f"the index {key} is out of range: there are {len(value)}")
    if not found:
        raise PathError(f"the filter selects none of {len(value)}")
    return found[0] if len(keys) == 1 and not isinstance(keys[0], Slice) else found


def _all(_: tuple[Any, ...], value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return value
    raise PathError("a wildcard where the record has neither an array nor an object")


_SELECT: dict[str, Callable[[Any, Any], Any]] = {"names": _names, "items": _items, "all": _all}
