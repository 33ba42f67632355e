"""Test the errors of broken definitions, each in a file named by its defect, and the graph of a valid definition."""

from __future__ import annotations

import json

from local_sagemaker.definition.definition import read
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.graph import graph_of
from local_sagemaker.definition.language import STEP_TYPES

import pytest
from paths import DEFINITIONS

BROKEN = DEFINITIONS / "broken"


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.json")), ids=lambda p: p.stem)
def test_the_error_of_a_broken_definition_says_what_is_wrong(path):
    case = json.loads(path.read_text())

    with pytest.raises(DefinitionError) as raised:
        graph_of(json.dumps(case["definition"]))

    assert case["error"] in str(raised.value)


def test_the_error_for_invalid_json_has_line_and_column():
    with pytest.raises(DefinitionError, match=r"not JSON: .* at line 2, column 13"):
        graph_of('{\n  "Steps": [}')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "cannot be read"),
        ('{"Steps": [' + "9" * 5000 + "]}", "cannot be read"),
        (" " * 1_048_577, "allows"),
    ],
)
def test_nested_and_oversized_json_is_refused(text, message):
    with pytest.raises(DefinitionError, match=message):
        graph_of(text)


def test_a_text_is_read_once_and_binding_values_does_not_change_it():
    text = '{"Parameters": [{"Name": "A", "Type": "String"}], "Steps": [{"Name": "B", "Type": "Fail"}]}'

    definition = read(text)
    bound = definition.bind(values={"A": "x"})

    assert read(text) is definition and read(definition) is definition
    assert (bound.values, definition.values) == ({"A": "x"}, {})
    assert bound.raw is definition.raw and bound.text is text


def test_edges_are_dependencies_references_and_the_condition_above():
    definition = graph_of(
        json.dumps(
            {
                "Version": "2020-12-01",
                "Steps": [
                    {"Name": "First", "Type": "RegisterModel"},
                    {"Name": "Second", "Type": "RegisterModel", "DependsOn": ["First"]},
                    {
                        "Name": "Check",
                        "Type": "Condition",
                        "Arguments": {
                            "Conditions": [{"Type": "Equals", "LeftValue": {"Get": "Steps.Second.x"}, "RightValue": 1}],
                            "IfSteps": [{"Name": "Yes", "Type": "Fail", "DependsOn": ["First"]}],
                            "ElseSteps": [{"Name": "No", "Type": "Fail"}],
                        },
                    },
                ],
            }
        )
    )

    assert definition.edges == {
        "First": frozenset(),
        "Second": {"First"},
        "Check": {"Second"},
        "Yes": {"First", "Check"},
        "No": {"Check"},
    }
    assert definition.steps["Check"].branches == {"IfSteps": ("Yes",), "ElseSteps": ("No",)}


def test_every_step_type_of_the_language_has_a_handler():
    from local_sagemaker.step_types import handlers

    assert handlers().keys() == set(STEP_TYPES)
