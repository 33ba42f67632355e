"""JSON files of a caller's. Standard library only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError


def load(path: Path, what: str) -> Any:
    """What a file holds.

    Args:
        path: of the file, in UTF-8, with or without a byte order mark.
        what: it should be, for people, e.g. ``constraints file``.

    Raises:
        MonitorError: there is none, or it is no JSON.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        json.dumps(document, ensure_ascii=False).encode()  # half a character could never be written again
    except FileNotFoundError:
        raise MonitorError(f"there is no {what} {str(path)!r}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise MonitorError(f"{path.name or str(path)} is no {what}: {error}") from None
    return document
