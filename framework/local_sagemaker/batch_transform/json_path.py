"""Implements the subset of JSONPath that filters of a transform job may use.

    $                the whole value      .name or ['name', 'other']   one child, or several as an object
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
    """Raised when a filter is not a valid path, or selects nothing in a record."""


class Slice(NamedTuple):
    """Selects adjacent items of an array; None is an end that is open."""

    start: int | None
    end: int | None


class Step(NamedTuple):
    """One step of a path, which selects by ``selector``: names, items or all. ``keys`` are strings, numbers or
    slices.
    """

    selector: str
    keys: tuple[Any, ...]

    @property
    def selects_many(self) -> bool:
        """Whether the step selects an array, and the next step applies to each of its items."""
        return self.selector == "all" or (
            self.selector == "items" and (len(self.keys) > 1 or isinstance(self.keys[0], Slice))
        )


Path = tuple[Step, ...]


def parse(text: str) -> Path:
    """Parse a path into its steps; ``$`` has none.

    Raises:
        PathError: it is not a path of this subset.
    """
    if not text.startswith("$"):
        raise PathError(f"the filter {text!r} must begin with $")
    steps, position = [], 1
    while position < len(text):
        match = _STEP.match(text, position)
        if not match:
            raise PathError(f"the filter {text!r} is invalid from {text[position:]!r} on")
        steps.append(_step(match, text))
        position = match.end()
    return tuple(steps)


def select(path: Sequence[Step], value: Any) -> Any:
    """Return what a path selects in a value.

    Raises:
        PathError: it selects nothing: a name or an index does not exist.
    """
    if not path:
        return value
    step, *next_steps = path
    selected = _SELECTORS[step.selector](step.keys, value)
    return [select(next_steps, item) for item in selected] if step.selects_many else select(next_steps, selected)


def columns(path: Path, width: int) -> list[int]:
    """Return the columns that a path selects in a CSV row of this width.

    Raises:
        PathError: a column does not exist, no column is selected, or the path has a name.
    """
    if len(path) > 1 or any(step.selector == "names" for step in path):
        raise PathError("a row has no names; select columns by their numbers, as in $[1:]")
    selected = select(path, list(range(width)))
    return selected if isinstance(selected, list) else [selected]


def _step(match: re.Match[str], text: str) -> Step:
    if match["name"]:
        return Step("names", (match["name"],))
    if match["names"]:
        return Step("names", tuple(re.findall(r"'([^']*)'", match["names"])))
    if match["star"] or match["dotted_star"]:
        return Step("all", ())
    return Step("items", tuple(_item(item, text) for item in match["items"].split(",")))


def _item(item: str, text: str) -> int | Slice:
    start, colon, end = (part.strip() for part in item.partition(":"))
    if not colon and not start:
        raise PathError(f"the filter {text!r} has an empty index")
    return Slice(int(start) if start else None, int(end) if end else None) if colon else int(start)


def _names(keys: tuple[str, ...], value: Any) -> Any:
    missing = [key for key in keys if not isinstance(value, dict) or key not in value]
    if missing:
        content = f"it has {', '.join(value)}" if isinstance(value, dict) else "it is not an object"
        raise PathError(f"the record has no {missing[0]!r}; {content}")
    return value[keys[0]] if len(keys) == 1 else {key: value[key] for key in keys}


def _items(keys: tuple[int | Slice, ...], value: Any) -> Any:
    if not isinstance(value, list):
        raise PathError("the filter has an index, but the record has no array there")
    selected: list[Any] = []
    for key in keys:
        if isinstance(key, Slice):
            selected += value[key.start : key.end]
        elif -len(value) <= key < len(value):
            selected.append(value[key])
        else:
            raise PathError(f"the index {key} is out of range; the record has {len(value)}")
    if not selected:
        raise PathError(f"the filter selects none of {len(value)}")
    return selected[0] if len(keys) == 1 and not isinstance(keys[0], Slice) else selected


def _all(_: tuple[Any, ...], value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return value
    raise PathError("the filter has a wildcard, but the record has neither an array nor an object there")


_SELECTORS: dict[str, Callable[[Any, Any], Any]] = {"names": _names, "items": _items, "all": _all}
