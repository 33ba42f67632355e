"""What can be wrong with a definition, one rule a file; ``lint`` finds them by listing this folder."""

from __future__ import annotations

from typing import NamedTuple

ERROR, WARNING, NOTE = "error", "warning", "note"


class Mistake(NamedTuple):
    """``path``: the place; ``message`` go on after it; ``fix`` says what to do."""

    path: str
    message: str
    fix: str = ""
