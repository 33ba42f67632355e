"""Draws pictures for the documents: pairs of bars, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

WIDTH, LEFT, BAR, GAP = 640, 190, 9, 8
COLOURS = ("#4c78a8", "#e45756")
STYLE = "font: 12px sans-serif; fill: #555"


def bars(title: str, legend: tuple[str, str], values: Mapping[str, tuple[float, float]], top: int) -> Iterator[str]:
    """Yield the lines of one panel; each number is written at the end of its bar.

    Args:
        title: of the panel.
        legend: the meaning of the first and of the second bar of each pair.
        values: by name.
        top: the panel's upper edge, in pixels.
    """
    most = max(abs(value) for pair in values.values() for value in pair)
    yield f'<text x="0" y="{top + 12}" style="{STYLE}; font-weight: bold">{escape(title)}</text>'
    for place, (label, colour) in enumerate(zip(legend, COLOURS, strict=True)):
        x = LEFT + 215 * place
        yield f'<rect x="{x}" y="{top + 22}" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 15}" y="{top + 31}" style="{STYLE}">{escape(label)}</text>'
    for row, (name, pair) in enumerate(values.items()):
        y = top + 42 + row * (2 * BAR + GAP)
        yield f'<text x="{LEFT - 8}" y="{y + BAR + 4}" text-anchor="end" style="{STYLE}">{escape(name)}</text>'
        for number, (value, colour) in enumerate(zip(pair, COLOURS, strict=True)):
            length, bar_top = abs(value) / most * (WIDTH - LEFT - 50), y + number * BAR
            yield f'<rect x="{LEFT}" y="{bar_top}" width="{length:.1f}" height="{BAR - 1}" fill="{colour}"/>'
            x = LEFT + length + 4
            yield f'<text x="{x:.1f}" y="{bar_top + BAR - 1}" style="{STYLE}; font-size: 9px">{value:.2f}</text>'


def height(rows: int) -> int:
    """Return the height of a panel with so many pairs, in pixels."""
    return 42 + rows * (2 * BAR + GAP) + 16


def picture(lines: Iterator[str], pixels: int) -> str:
    """Return an SVG file with these lines, of this height."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {pixels}" width="{WIDTH}" height="{pixels}">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{pixels}" fill="#fff"/>', *lines, "</svg>", ""])
