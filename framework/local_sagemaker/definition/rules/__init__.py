"""What can be wrong with a definition, one rule a file; ``lint`` finds them by listing this folder."""

from __future__ import annotations

from typing import NamedTuple

ERROR, WARNING, NOTE = "error", "warning", "note"


class Problem(NamedTuple):
    """``path``: the place; ``words`` go on after it; ``mend`` says what to do."""

    path: str
    words: str
    mend: str = ""
