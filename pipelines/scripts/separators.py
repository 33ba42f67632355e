"""Recognise the separator of a CSV file: a comma, a semicolon, a tab or a bar."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Container, Sequence

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
#: The share of lines that have as many cells as the first, if the file is large; the others may be malformed rows.
MIN_CONSISTENT = 0.9


def split_line(line: str, separator: str) -> list[str]:
    """Return the cells of one line; a line that cannot be split, as a cell is too long, is one cell."""
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return [line]


def find_separator(lines: Sequence[str]) -> str:
    """Return the character that splits most lines into as many cells as the first line.

    If several do, the one with the most cells wins; in a draw a comma loses, as it may be a decimal comma. If none
    does, it is a comma.
    """
    results = {character: _consistency(lines, character) for character in SEPARATORS}
    shares = {character: share for character, (width, share) in results.items() if width > 1}
    enough = min(MIN_CONSISTENT, max(shares.values(), default=0.0))
    fitting = [character for character, share in shares.items() if share >= enough]
    return max(fitting, key=lambda character: (results[character][0], character != ","), default=",")


def find_separator_of(lines: Sequence[str], widths: Container[int]) -> str:
    """Return the character that splits most lines into one of these numbers of cells.

    In a draw the one with more cells wins, as every character splits a line into at least one; then a comma loses.
    """
    fitting = {
        character: [width for line in lines if (width := len(split_line(line, character))) in widths]
        for character in SEPARATORS
    }
    if not any(fitting.values()):
        return find_separator(lines)
    return max(fitting, key=lambda character: (len(fitting[character]), sum(fitting[character]), character != ","))


def _consistency(lines: Sequence[str], separator: str) -> tuple[int, float]:
    """Return the number of cells in the first line, and the share of lines with the same number."""
    widths = [len(split_line(line, separator)) for line in lines]
    return (widths[0], Counter(widths)[widths[0]] / len(widths)) if widths else (0, 0.0)
