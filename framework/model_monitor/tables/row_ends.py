"""Find where rows of a CSV file begin, without reading what is before: quotes may enclose a line break.

Around each offset both readings are tried, within quotes and outside of them. The right one gives rows with as many
columns as the file has, the wrong one does not. If that is inconclusive, all quotes from the beginning are counted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

_WINDOW_BYTES = 256 << 10
_BLOCK_BYTES = 8 << 20


def row_starts(file: Path, offsets: list[int], columns: int) -> list[int]:
    """Return where the first row begins after each offset, as Hadoop cuts; an empty list if that cannot be determined.

    Args:
        file: CSV.
        offsets: in bytes, ascending.
        columns: how many a row has.
    """
    starts = [_row_start(file, offset, columns) for offset in offsets]
    if None not in starts:
        return [start for start in starts if start is not None]
    is_quoted = _quote_states(file, offsets)
    return (
        [_next_row_start(file, offset, quoted) for offset, quoted in zip(offsets, is_quoted, strict=True)]
        if is_quoted
        else []
    )


def count_rows(lines: Iterable[bytes]) -> int:
    """Return how many rows end with these lines, the first of which begins a row. Blank lines are not rows."""
    rows, is_quoted = 0, False
    for line in lines:
        is_quoted ^= line.count(b'"') % 2 == 1
        rows += not is_quoted and bool(line.strip(b"\r\n"))
    return rows


def _row_start(file: Path, offset: int, columns: int) -> int | None:
    with file.open("rb") as content:
        content.seek(offset)
        window = content.read(_WINDOW_BYTES)
    fits = {quoted: _fits(window, quoted, columns) for quoted in (False, True)}
    if set(fits.values()) != {False, True}:
        return None
    return _next_row_start(file, offset, fits[True] is True)


def _fits(window: bytes, is_quoted: bool, columns: int) -> bool | None:
    """Return whether bytes read as rows of that many columns, if they begin within quotes or not.

    None if no row is complete: the first never is, and the last may not be.
    """
    text = ('"' if is_quoted else "") + window.decode("utf-8", errors="replace")
    csv.field_size_limit(max(2 * _WINDOW_BYTES, csv.field_size_limit()))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:  # text follows a closing quote
        return False
    widths = [len(row) for row in rows[1:-1] if row]
    return all(width == columns for width in widths) if widths else None


def _next_row_start(file: Path, offset: int, is_quoted: bool) -> int:
    """Return the end of the line after which no quote is open."""
    with file.open("rb") as content:
        content.seek(offset)
        while line := content.readline():
            is_quoted ^= line.count(b'"') % 2 == 1
            if not is_quoted:
                break
        return content.tell()


def _quote_states(file: Path, offsets: list[int]) -> list[bool] | None:
    """Return whether an odd number of quotes precedes each offset; None if the whole file has an odd number."""
    are_open, is_open = [], False
    with file.open("rb") as content:
        for start, end in zip([0, *offsets], [*offsets, file.stat().st_size], strict=True):
            for at in range(start, end, _BLOCK_BYTES):
                is_open ^= content.read(min(_BLOCK_BYTES, end - at)).count(b'"') % 2 == 1
            are_open.append(is_open)
    return None if is_open else are_open[:-1]
