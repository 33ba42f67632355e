"""Pictures for the documents: pairs of bars, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

WIDTH, LEFT, BAR, GAP = 640, 190, 9, 8
COLOURS = ("#4c78a8", "#e45756")
STYLE = "font: 12px sans-serif; fill: #555"


def bars(title: str, legend: tuple[str, str], values: Mapping[str, tuple[float, float]], top: int) -> Iterator[str]:
    """The lines of one panel; numbers stand behind their bars.

    Args:
        title: of the panel.
        legend: what the two bars of each name are.
        values: by name.
        top: where the panel begins, in pixels.
    """
    most = max(abs(value) for pair in values.values() for value in pair)
    yield f'<text x="0" y="{top + 12}" style="{STYLE}; font-weight: bold">{escape(title)}</text>'
    for place, (words, colour) in enumerate(zip(legend, COLOURS, strict=True)):
        x = LEFT + 215 * place
        yield f'<rect x="{x}" y="{top + 22}" width="10" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 15}" y="{top + 31}" style="{STYLE}">{escape(words)}</text>'
    for row, (name, pair) in enumerate(values.items()):
        y = top + 42 + row * (2 * BAR + GAP)
        yield f'<text x="{LEFT - 8}" y="{y + BAR + 4}" text-anchor="end" style="{STYLE}">{escape(name)}</text>'
        for number, (value, colour) in enumerate(zip(pair, COLOURS, strict=True)):
            length, at = abs(value) / most * (WIDTH - LEFT - 50), y + number * BAR
            yield f'<rect x="{LEFT}" y="{at}" width="{length:.1f}" height="{BAR - 1}" fill="{colour}"/>'
            x = LEFT + length + 4
            yield f'<text x="{x:.1f}" y="{at + BAR - 1}" style="{STYLE}; font-size: 9px">{value:.2f}</text>'


def height(rows: int) -> int:
    """Of a panel, in pixels."""
    return 42 + rows * (2 * BAR + GAP) + 16


def picture(lines: Iterator[str], tall: int) -> str:
    """A whole file of so many pixels' height."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall}" width="{WIDTH}" height="{tall}">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{tall}" fill="#fff"/>', *lines, "</svg>", ""])
