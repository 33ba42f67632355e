"""Draw the picture of a definition as SVG for a page, a notebook or a file, without further packages."""

from __future__ import annotations

from html import escape

from local_sagemaker.definition.drawing import Arrow, Box, Picture
from local_sagemaker.definition.graph_layout import Layout, lay_out

_CHARACTER, _LINE, _MARGIN = 7.0, 16.0, 16.0
_FILL = {"Condition": "#fff4d6", "Fail": "#fde0e0", "RegisterModel": "#dff3e4", "Model": "#dff3e4"}
_STYLE = (
    "text { font: 12px system-ui, sans-serif; text-anchor: middle; fill: #1f2430 } .name { font-weight: 600 } "
    ".label { font-size: 10px; fill: #4a5162; paint-order: stroke; stroke: #fff; stroke-width: 3px } "
    ".box { stroke: #59617a } .arrow { fill: none; stroke: #59617a } .wait { stroke-dasharray: 4 3 }"
)
_HEAD = (
    '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 L8 4 L0 8 z" fill="#59617a"/></marker>'
)


def svg(picture: Picture) -> str:
    """Return the SVG document.

    Raises:
        ValueError: steps wait for each other in a cycle.
    """
    layout = lay_out(
        {box.name: (_width(box), _height(box)) for box in picture.boxes}, [(a, b) for a, b, _ in picture.arrows]
    )
    heights = {box.name: _height(box) for box in picture.boxes}
    width, height = (value + 2 * _MARGIN for value in (layout.width, layout.height))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img">',
        f"<defs>{_HEAD}<style>{_STYLE}</style></defs>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        f'<g transform="translate({_MARGIN:.0f} {_MARGIN:.0f})">',
        *(_line(arrow, layout, heights) for arrow in picture.arrows),
        *(_shape(box, *layout.centres[box.name]) for box in picture.boxes),
        *(_label(arrow, layout, heights) for arrow in picture.arrows if arrow.label),
        "</g></svg>",
    ]
    return "\n".join(parts)


def _width(box: Box) -> float:
    longest = max(map(len, box.lines)) * _CHARACTER
    return longest * 1.35 + 40 if box.type == "Condition" else longest + 24


def _height(box: Box) -> float:
    return len(box.lines) * _LINE * (1.9 if box.type == "Condition" else 1) + 12


def _shape(box: Box, x: float, y: float) -> str:
    width, height, fill = _width(box), _height(box), _FILL.get(box.type, "#eef1f8")
    if box.type == "Condition":
        points = [(x, y - height / 2), (x + width / 2, y), (x, y + height / 2), (x - width / 2, y)]
        corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        outline = f'<polygon class="box" points="{corners}" fill="{fill}"/>'
    else:
        radius = height / 2 if box.type == "Fail" else 5
        corner = f'x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}"'
        outline = f'<rect class="box" {corner} rx="{radius:.1f}" fill="{fill}"/>'
    first = y - (len(box.lines) - 1) * _LINE / 2 + 4
    lines = [
        f'<text class="{"line" if n else "name"}" x="{x:.1f}" y="{first + n * _LINE:.1f}">{escape(line)}</text>'
        for n, line in enumerate(box.lines)
    ]
    return "".join([outline, *lines])


def _points(arrow: Arrow, layout: Layout, heights: dict[str, float]) -> list[tuple[float, float]]:
    """Return the arrow's points, from the lower edge of one box to the upper edge of the other."""
    (x0, y0), *between, (x1, y1) = layout.bends[arrow.before, arrow.after]
    return [(x0, y0 + heights[arrow.before] / 2), *between, (x1, y1 - heights[arrow.after] / 2 - 2)]


def _line(arrow: Arrow, layout: Layout, heights: dict[str, float]) -> str:
    first, *points = _points(arrow, layout, heights)
    path, (x, y) = f"M{first[0]:.1f} {first[1]:.1f}", first
    for a, b in points:
        half = (y + b) / 2
        path += f" C{x:.1f} {half:.1f} {a:.1f} {half:.1f} {a:.1f} {b:.1f}"
        x, y = a, b
    classes = "arrow" if arrow.label else "arrow wait"
    return f'<path class="{classes}" d="{path}" marker-end="url(#head)"/>'


def _label(arrow: Arrow, layout: Layout, heights: dict[str, float]) -> str:
    """Return the arrow's label, placed near its end so that the labels of arrows from one box do not overlap."""
    *_, (x0, y0), (x1, y1) = _points(arrow, layout, heights)
    return (
        f'<text class="label" x="{x0 * 0.3 + x1 * 0.7:.1f}" y="{y0 * 0.3 + y1 * 0.7:.1f}">{escape(arrow.label)}</text>'
    )
