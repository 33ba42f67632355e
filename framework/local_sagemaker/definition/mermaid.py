"""A picture of a definition in Mermaid, which GitHub and GitLab draw in a pull request.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from local_sagemaker.definition.drawing import Box, Picture

#: Step type -> what stands around its words.
_SIGNS = {"Condition": ("{", "}"), "Fail": ("([", "])")}


def mermaid(picture: Picture) -> str:
    """A flowchart from above to below; an arrow that only makes a step wait is dotted."""
    ids = {box.name: f"s{number}" for number, box in enumerate(picture.boxes)}
    boxes = [f"    {ids[box.name]}{_shape(box)}" for box in picture.boxes]
    arrows = [
        f"    {ids[before]} -->|{_quoted(label)}| {ids[after]}" if label else f"    {ids[before]} -.-> {ids[after]}"
        for before, after, label in picture.arrows
    ]
    return "\n".join(["flowchart TD", *boxes, *arrows])


def _shape(box: Box) -> str:
    left, right = _SIGNS.get(box.type, ("[", "]"))
    return f"{left}{_quoted('<br/>'.join(map(_escaped, box.lines)), is_escaped=True)}{right}"


def _quoted(text: str, is_escaped: bool = False) -> str:
    return f'"{text if is_escaped else _escaped(text)}"'


def _escaped(text: str) -> str:
    """Mermaid's own entities; ``#`` first, as it begins them."""
    for character, entity in (("#", "#35;"), ("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, entity)
    return text
