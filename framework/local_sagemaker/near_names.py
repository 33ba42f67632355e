"""Suggests the nearest known name for an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known_names: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known name, or an empty string."""
    near = get_close_matches(name, list(known_names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
