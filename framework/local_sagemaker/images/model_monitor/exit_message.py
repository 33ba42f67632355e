"""Writes what the containers of analyses report: results to the log, and an exit message to a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from model_monitor.monitor_error import MonitorError
from model_monitor.result import describe_violation

FAILURE_EXIT_CODE = 255


def with_exit_message(base: Path, run: Callable[[], str]) -> int:
    """Run an analysis, print and write its exit message, and return the exit code.

    Args:
        base: /opt/ml, or the folder that replaces it.
        run: runs the analysis and returns the message.
    """
    path = base / "output" / "message"
    try:
        message, code = run(), 0
    except (MonitorError, OSError) as error:
        message, code = f"error: {' '.join(str(error).split())}", FAILURE_EXIT_CODE
    print(message, file=sys.stderr if code else sys.stdout)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(message, encoding="utf-8")
    return code


def log(notes: Sequence[str], violations: Sequence[dict[str, str]] | None) -> None:
    """Print a line for each note and each violation."""
    for note in notes:
        print(f"note: {note}")
    for violation in violations or ():
        print(describe_violation(violation))
