"""Where in a definition's text a place stands, for annotations: line and column."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

_PART = re.compile(r'\.?(?P<name>[A-Za-z_]\w*)|\[(?P<index>\d+)\]|\[(?P<key>"(?:[^"\\]|\\.)*")\]')
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[\s,:]*")


class Position(NamedTuple):
    """Both from 1."""

    line: int
    column: int


def position(text: str, path: str) -> Position:
    """Line and column at which the value of ``path`` begins, or the last thing above it that is there.

    Args:
        text: JSON.
        path: of a finding, ``Steps[3].Arguments.RoleArn``; anything else is the beginning.
    """
    at = _skipped(text, 0)
    for part in _parts(path):
        found = _member(text, at, part)
        if found is None:
            break
        at = found
    return Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _parts(path: str) -> list[int | str]:
    """As ``slots.joined`` writes them: names, [0], and ["any text"] as JSON."""
    found = [(m["name"], m["index"], m["key"]) for m in _PART.finditer(path)]
    return [int(index) if index else json.loads(key) if key else name for name, index, key in found]


def _member(text: str, at: int, part: int | str) -> int | None:
    """Where the member of the value at ``at`` begins, or None where there is none."""
    if text[at] != ("[" if isinstance(part, int) else "{"):
        return None
    at, number = _skipped(text, at + 1), 0
    while text[at] not in "]}":
        if isinstance(part, int):
            name: int | str = number
        else:
            name, at = _DECODER.raw_decode(text, at)
            at = _skipped(text, at)
        if name == part:
            return at
        at, number = _skipped(text, _DECODER.raw_decode(text, at)[1]), number + 1
    return None


def _skipped(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
