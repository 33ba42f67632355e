"""Draw lines of a terminal as an SVG file, in the colours that the commands use."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from local_sagemaker.tools.terminal.summaries import COLOURS

from rich.console import Console
from rich.text import Text

#: Rich's own template names a font of another host; this one takes the reader's.
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<style>
.{unique_id}-matrix {{ font: {char_height}px monospace; white-space: pre }}
{styles}
</style>
<defs>
{lines}
</defs>
<rect width="{width}" height="{height}" rx="8" fill="#1e1f29"/>
<g transform="translate({terminal_x}, 20)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
COLUMNS = 120


def draw(lines: Sequence[str]) -> str:
    """Return an SVG document of the lines; commands are bold, statuses coloured, long lines wrapped."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    for line in lines:
        text = Text(line, style="bold" if line.startswith("$ ") else "")
        for status, colour in COLOURS.items():
            text.highlight_words([status], colour)
        for row in text.divide(range(COLUMNS, len(line), COLUMNS)):  # a terminal breaks lines anywhere
            console.print(row)
    return console.export_svg(code_format=SVG, unique_id="terminal")
