"""Recognise the separator of a CSV file: a comma, a semicolon, a tab or a bar."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
#: The share of lines that must have as many cells as the first; the others may be malformed rows.
MIN_CONSISTENT = 0.9


def find_separator(lines: Sequence[str]) -> str:
    """Return the character that splits most lines into as many cells as the first line.

    If several do, the one with the most cells wins; if none does, it is a comma.
    """
    results = {character: _consistency(lines, character) for character in SEPARATORS}
    fitting = [character for character, (width, share) in results.items() if width > 1 and share >= MIN_CONSISTENT]
    return max(fitting, key=lambda character: results[character][0], default=",")


def _consistency(lines: Sequence[str], separator: str) -> tuple[int, float]:
    """Return the number of cells in the first line, and the share of lines with the same number."""
    widths = [len(row) for line in lines for row in csv.reader([line], delimiter=separator)]
    return (widths[0], Counter(widths)[widths[0]] / len(widths)) if widths else (0, 0.0)
