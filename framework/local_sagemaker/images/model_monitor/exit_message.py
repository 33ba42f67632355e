"""What the containers of analyses say: what they found, into the log; and, as they end, a message in a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from model_monitor.monitor_error import MonitorError
from model_monitor.result import describe_violation

FAILED = 255


def with_exit_message(base: Path, run: Callable[[], str]) -> int:
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


def log(notes: Sequence[str], violations: Sequence[dict[str, str]] | None) -> None:
    """A line for each note and each violation."""
    for note in notes:
        print(f"note: {note}")
    for violation in violations or ():
        print(describe_violation(violation))
