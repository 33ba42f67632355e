"""Find the line and column of a path in a definition's text, for annotations."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

_PART = re.compile(r'\.?(?P<name>[A-Za-z_]\w*)|\[(?P<index>\d+)\]|\[(?P<key>"(?:[^"\\]|\\.)*")\]')
_DECODER = json.JSONDecoder()
_SEPARATORS = re.compile(r"[\s,:]*")


class Position(NamedTuple):
    """A line and a column, which both count from 1."""

    line: int
    column: int


def position(text: str, path: str) -> Position:
    """Return the line and column where the value of ``path`` begins, or else its nearest enclosing value.

    Args:
        text: JSON.
        path: a finding's path, ``Steps[3].Arguments.RoleArn``; anything else gives the beginning of the text.
    """
    at = _skip_separators(text, 0)
    for part in _split_path(path):
        start = _member_start(text, at, part)
        if start is None:
            break
        at = start
    return Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _split_path(path: str) -> list[int | str]:
    """Split a path that ``slots.join_path`` wrote: names, [0], and ["any text"] as JSON."""
    parts = [(m["name"], m["index"], m["key"]) for m in _PART.finditer(path)]
    return [int(index) if index else json.loads(key) if key else name for name, index, key in parts]


def _member_start(text: str, at: int, part: int | str) -> int | None:
    """Return where a member (or entry) of the value at ``at`` begins, or None if it does not exist."""
    if text[at] != ("[" if isinstance(part, int) else "{"):
        return None
    at, number = _skip_separators(text, at + 1), 0
    while text[at] not in "]}":
        if isinstance(part, int):
            name: int | str = number
        else:
            name, at = _DECODER.raw_decode(text, at)
            at = _skip_separators(text, at)
        if name == part:
            return at
        at, number = _skip_separators(text, _DECODER.raw_decode(text, at)[1]), number + 1
    return None


def _skip_separators(text: str, at: int) -> int:
    match = _SEPARATORS.match(text, at)
    return match.end() if match else at
