"""Write the picture of a definition as Mermaid, which GitHub and GitLab render in a pull request.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from local_sagemaker.definition.drawing import Box, Picture

#: Step type -> the brackets around its text, which set the form of the box.
_BOX_BRACKETS = {"Condition": ("{", "}"), "Fail": ("([", "])")}


def mermaid(picture: Picture) -> str:
    """Return a flowchart from top to bottom; an arrow that only makes a step wait is dotted."""
    ids = {box.name: f"s{number}" for number, box in enumerate(picture.boxes)}
    boxes = [f"    {ids[box.name]}{_shape(box)}" for box in picture.boxes]
    arrows = [
        f"    {ids[before]} -->|{_quote(label)}| {ids[after]}" if label else f"    {ids[before]} -.-> {ids[after]}"
        for before, after, label in picture.arrows
    ]
    return "\n".join(["flowchart TD", *boxes, *arrows])


def _shape(box: Box) -> str:
    left, right = _BOX_BRACKETS.get(box.type, ("[", "]"))
    return f"{left}{_quote('<br/>'.join(map(_escape, box.lines)), is_escaped=True)}{right}"


def _quote(text: str, is_escaped: bool = False) -> str:
    return f'"{text if is_escaped else _escape(text)}"'


def _escape(text: str) -> str:
    """Replace special characters by Mermaid's entities; ``#`` comes first, as entities begin with it."""
    for character, entity in (("#", "#35;"), ("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, entity)
    return text
