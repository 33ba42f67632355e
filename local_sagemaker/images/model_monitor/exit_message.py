"""How the containers of analyses end: with a message in a file, and 255 where the analysis cannot be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from model_monitor.errors import MonitorError

FAILED = 255


def told(base: Path, run: Callable[[], str]) -> int:
    """The exit code.

    Args:
        base: /opt/ml, or what stands for it.
        run: gives the message.
    """
    message = base / "output" / "message"
    try:
        said, code = run(), 0
    except (MonitorError, OSError) as error:
        said, code = f"error: {' '.join(str(error).split())}", FAILED
    print(said, file=sys.stderr if code else sys.stdout)
    message.parent.mkdir(parents=True, exist_ok=True)
    message.write_text(said, encoding="utf-8")
    return code
