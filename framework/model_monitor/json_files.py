"""Reads JSON files that a caller supplies. Standard library only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError


def load(path: Path, description: str) -> Any:
    """Return the content of a JSON file.

    Args:
        path: the file, in UTF-8, with or without a byte order mark.
        description: of the file, for error messages, e.g. ``constraints file``.

    Raises:
        MonitorError: the file does not exist, or is not JSON.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        json.dumps(document, ensure_ascii=False).encode()  # half a character could not be written to a file again
    except FileNotFoundError:
        raise MonitorError(f"there is no {description} {str(path)!r}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise MonitorError(f"{path.name or str(path)} is not a valid {description}: {error}") from None
    return document
