"""Tests that the drawing in each get_pipeline's module equals the graph of its definition."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator

from local_sagemaker.definition.graph import graph_of
from local_sagemaker.project import known_modules
from local_sagemaker.tools.modules import get_pipeline_driver

import pytest


class Drawing:
    """A drawing with names of steps, joined by ``->`` to the right and by ``|`` downwards."""

    def __init__(self, lines: list[str], names: set[str]):
        self.lines = lines
        self.names: dict[str, tuple[int, int, int]] = {}
        for row, line in enumerate(lines):
            for word in re.finditer(r"[A-Za-z][\w-]*", line):
                if word[0] in names:
                    self.names[word[0]] = (row, *word.span())

    def edges(self) -> set[tuple[str, str]]:
        return {(name, after) for name in self.names for after in self._after(name)}

    def _after(self, name: str) -> Iterator[str]:
        row, start, end = self.names[name]
        arrow = re.match(r"\s*-+>\s*([\w-]+)", self.lines[row][end:])
        if arrow:
            yield arrow[1]
        for column in range(start, end):
            if self._sign(row + 1, column) == "|":
                yield from self._down(row + 1, column)

    def _down(self, row: int, column: int) -> Iterator[str]:
        while self._sign(row, column) == "|":
            row += 1
        for name, (name_row, start, end) in self.names.items():
            if name_row == row and start <= column < end:
                yield name

    def _sign(self, row: int, column: int) -> str:
        line = self.lines[row] if row < len(self.lines) else ""
        return line[column] if column < len(line) else ""


def graph(definition):
    """Return the definition's edges, step before and step after, without those that follow from other edges."""
    edges = {name: set(before) for name, before in graph_of(definition).edges.items()}

    def all_before(name):
        return set().union(*({b} | all_before(b) for b in edges[name])) if edges[name] else set()

    return {
        (before, name)
        for name, direct in edges.items()
        for before in direct
        if not any(before in all_before(step) for step in direct - {before})
    }


@pytest.mark.parametrize("module", known_modules())
def test_the_drawing_equals_the_graph(module):
    definition = get_pipeline_driver(module, {"region": "us-east-1"}).definition()
    names = set(graph_of(definition).steps)
    drawing = Drawing((importlib.import_module(module).__doc__ or "").splitlines(), names)

    assert set(drawing.names) == names
    assert drawing.edges() == graph(definition)


def test_a_wrong_drawing_differs_from_the_graph():
    same = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    fail = [{"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": "x"}} for name in ("B", "C")]
    condition = {"Conditions": [same], "IfSteps": fail[:1], "ElseSteps": fail[1:]}
    definition = json.dumps(
        {"Version": "2020-12-01", "Steps": [{"Name": "Aaa", "Type": "Condition", "Arguments": condition}]}
    )

    right = Drawing(["  Aaa", "  | |", "  B C"], {"Aaa", "B", "C"})
    wrong = Drawing(["  Aaa", "  |  ", "  B -> C"], {"Aaa", "B", "C"})

    assert right.edges() == graph(definition)
    assert wrong.edges() != graph(definition)
