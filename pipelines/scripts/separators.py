"""What separates the cells of a raw file: a comma, a semicolon, a tab, or a bar."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
#: The share of lines that have as many cells as the first: a few may be bad rows.
MIN_ALIKE = 0.9


def separator_of(lines: Sequence[str]) -> str:
    """Which sign separates the cells of these lines: the one that gives most lines as many cells as the first.

    Of two that do, the one that gives more cells; a comma where none separates anything.
    """
    alike = {sign: _alike(lines, sign) for sign in SEPARATORS}
    fitting = [sign for sign, (width, share) in alike.items() if width > 1 and share >= MIN_ALIKE]
    return max(fitting, key=lambda sign: alike[sign][0], default=",")


def _alike(lines: Sequence[str], sign: str) -> tuple[int, float]:
    """The number of cells of the first line, and the share of lines that have as many."""
    widths = [len(row) for line in lines for row in csv.reader([line], delimiter=sign)]
    return (widths[0], Counter(widths)[widths[0]] / len(widths)) if widths else (0, 0.0)
