"""Test what a picture shows, and where its boxes are placed."""

from __future__ import annotations

import random
from itertools import pairwise
from xml.etree import ElementTree

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.drawing import picture
from local_sagemaker.definition.expression_text import format_condition
from local_sagemaker.definition.graph_layout import LAYER_GAP, lay_out
from local_sagemaker.definition.mermaid import mermaid
from local_sagemaker.definition.rules import _examples
from local_sagemaker.definition.svg import svg

import mutants
import pytest


@pytest.mark.parametrize("name", mutants.NAMES)
def test_boxes_of_a_layer_do_not_overlap_and_arrows_go_down(name):
    drawing = picture(Definition(mutants.definition(name)))
    widths = {box.name: 10.0 * len(box.name) for box in drawing.boxes}

    heights = {box.name: 30.0 * len(box.lines) for box in drawing.boxes}
    placed = lay_out({n: (widths[n], heights[n]) for n in widths}, [(a, b) for a, b, _ in drawing.arrows])

    assert placed.centres.keys() == widths.keys()
    for y in {y for _, y in placed.centres.values()}:
        row = sorted((x - widths[n] / 2, x + widths[n] / 2) for n, (x, at) in placed.centres.items() if at == y)
        assert all(right <= left for (_, right), (left, _) in pairwise(row))
        assert row[0][0] >= 0
        assert row[-1][1] <= placed.width
    for bends in placed.bends.values():
        assert all(below - above >= LAYER_GAP for (_, above), (_, below) in pairwise(bends))
    for above, below, _ in drawing.arrows:
        (_, high), (_, low) = placed.centres[above], placed.centres[below]
        assert high + heights[above] / 2 < low - heights[below] / 2


@pytest.mark.parametrize("seed", range(5))
def test_arrows_go_down_in_any_graph(seed):
    chance = random.Random(seed)
    sizes = {n: (chance.uniform(20, 200), chance.uniform(20, 200)) for n in range(40)}
    arrows = {tuple(sorted(chance.sample(range(40), 2))) for _ in range(80)}

    placed = lay_out(sizes, sorted(arrows))

    assert all(placed.centres[a][1] < placed.centres[b][1] for a, b in arrows)


def test_arrows_in_a_cycle_are_refused():
    with pytest.raises(ValueError, match="form a cycle"):
        lay_out({1: (5.0, 5.0), 2: (5.0, 5.0)}, [(1, 2), (2, 1)])


def test_an_arrow_names_the_first_outputs_and_counts_the_others():
    outputs = [_examples.get(f"Steps.Ask.OutputParameters['{name}']") for name in "abcde"]
    definition = _examples.definition(
        _examples.lambda_("Ask", dict.fromkeys("abcde", "String")), _examples.fail(message=_examples.join(*outputs))
    )

    (arrow,) = picture(Definition(definition)).arrows
    assert arrow == ("Ask", "Reject", "a, b, c, and 2 more")


def test_special_characters_are_escaped_in_mermaid():
    condition = _examples.compare("Equals", _examples.get("Execution.PipelineName"), 'a "quoted"\n<b> & #1')
    definition = _examples.definition(_examples.condition("Gate", condition, then=(_examples.fail(),)))

    box = 's0{"Gate<br/>PipelineName = #quot;a #quot;quoted#quot; #lt;b#gt; #amp; #35;1#quot;"}'
    assert box in mermaid(picture(Definition(definition)))


def test_conditions_are_formatted_as_formulas():
    less = _examples.compare("LessThan", _examples.get("Parameters.A"), 5)
    within = {"Type": "In", "QueryValue": _examples.get("Parameters.B"), "Values": ["x", "y"]}

    assert format_condition(less) == "A < 5"
    assert format_condition({"Type": "Not", "Condition": less}) == "not (A < 5)"
    assert format_condition({"Type": "Or", "Conditions": [less, within]}) == 'A < 5 or B in "x", "y"'
    assert format_condition({"Type": "Unknown"}) == "?"


def test_characters_that_xml_does_not_allow_are_replaced():
    definition = _examples.definition(_examples.fail("a\x00b\ud800c"))

    assert picture(Definition(definition)).boxes[0].lines[0] == "a?b?c"
    ElementTree.fromstring(svg(picture(Definition(definition))))
