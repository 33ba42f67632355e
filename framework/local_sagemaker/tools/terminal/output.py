"""Prints the result that a command returns on stdout: JSON for programs, text or a table for users."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from local_sagemaker.tools.service.logs import shorten
from local_sagemaker.tools.terminal.summaries import COLOURS

if TYPE_CHECKING:  # JSON output does not need rich, whose import takes as long as everything else together
    from rich.text import Text


def emit(result: Any, render: Callable[[Any], Any], form: str | None) -> None:
    """Print ``result``.

    Args:
        result: a value that JSON can represent.
        render: turns the result into a string or an object that rich can print.
        form: ``json`` or ``text``; by default text on a terminal, JSON elsewhere.
    """
    is_terminal = sys.stdout.isatty()
    if form == "json" or (form is None and not is_terminal):
        print(json.dumps(result, indent=2 if is_terminal else None))
        return
    rendered = render(result)
    if isinstance(rendered, str):
        print(rendered)
    else:
        from rich.console import Console

        # The terminal wraps long lines, so that text copied from it has no added line ends.
        Console(highlight=False).print(rendered, soft_wrap=True)


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Text:
    """Return a table with columns as wide as their cells; None is an empty cell, a status has its colour."""
    from rich.text import Text

    lines = [[Text(name, style="bold") for name in header], *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        for cell, width in zip(line[:-1], widths, strict=False):
            cell.pad_right(width - len(cell))
    return Text("\n").join(Text("  ").join(line) for line in lines)


def _cell(value: Any) -> Text:
    from rich.text import Text

    text = "" if value is None else f"{value:.4f}" if isinstance(value, float) else shorten(str(value))
    return Text(text, style=COLOURS.get(text, ""))


def moment(iso: str) -> str:
    """Return an ISO time in a readable form: local time, to the second."""
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float | None) -> str | None:
    """Return the duration as in ``5.2 s``, ``3 min 5 s`` or ``2 h 4 min``; None for None."""
    if seconds is None:
        return None
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, remaining_seconds = divmod(round(seconds), 60)
    return f"{minutes} min {remaining_seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
