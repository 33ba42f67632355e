"""Define the lint rules, one per file; ``lint`` discovers them by listing this folder."""

from __future__ import annotations

from typing import NamedTuple

ERROR, WARNING, NOTE = "error", "warning", "note"


class Mistake(NamedTuple):
    """What a rule yields: ``path`` is where, ``message`` continues after the path, ``fix`` says what to do."""

    path: str
    message: str
    fix: str = ""
