"""Test the differences of definitions as text."""

from __future__ import annotations

import json

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.diff import changes
from local_sagemaker.definition.rules import _examples

import mutants
import pytest


def changes_between(before, after):
    return [str(change) for change in changes(Definition(before), Definition(after))]


def step(name, **members):
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": "x"}, **members}


def definition(*steps, **members):
    return {"Version": "2020-12-01", **members, "Steps": list(steps)}


@pytest.mark.parametrize("name", mutants.NAMES)
def test_order_does_not_count(name):
    before = mutants.definition(name)
    after = json.loads(json.dumps(before))
    after["Steps"].reverse()
    after["Parameters"].reverse()
    for entry in after["Steps"]:
        for key in ("ProcessingInputs", "InputDataConfig"):
            entry["Arguments"].get(key, []).reverse()
        entry["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", []).reverse()
    after = {key: after[key] for key in reversed(after)}

    assert changes_between(before, after) == []


def test_timestamps_do_not_count_and_changed_code_is_reported_by_its_name():
    place = "Steps[0].Arguments.ProcessingInputs[0].S3Input.S3Uri"
    original = _examples.definition(_examples.processing())
    timestamps = [_examples.with_value(original, place, f"s3://b/job-2026-01-0{n}-10-11-12-345/x") for n in (1, 2)]
    code = [_examples.with_value(original, place, f"s3://b/code/{digit * 64}/prepare.pyz") for digit in "ab"]

    assert changes_between(*timestamps) == []
    assert changes_between(*code) == [
        "step Prepare: Arguments.ProcessingInputs['data'].S3Input.S3Uri: the content of prepare.pyz has changed"
    ]


def test_added_and_removed_steps_parameters_and_edges_are_reported():
    before = definition(step("A"), step("B", DependsOn=["A"]), Parameters=[{"Name": "Old", "Type": "String"}])
    after = definition(
        step("A"), step("C"), step("B", DependsOn=["C"]), Parameters=[_examples.parameter("New", "Integer", 5)]
    )

    assert changes_between(before, after) == [
        "parameter Old (String) is gone",
        "parameter New (Integer) is new, 5 by default",
        "step C (Fail) is new",
        "step B no longer waits for A",
    ]
    assert changes_between(
        after, definition(step("A"), step("C"), step("B", DependsOn=["A", "C"]), Parameters=after["Parameters"])
    ) == ["step B now waits for A"]


def test_a_step_that_moves_into_a_branch_is_reported():
    condition = _examples.compare("Equals", _examples.EXECUTION, "x")
    before = definition(_examples.condition("Gate", condition, then=(step("A"),)), step("B"))
    after = definition(_examples.condition("Gate", condition, then=(step("A"), step("B"))))

    assert changes_between(before, after) == ["step B is now in IfSteps of Gate, was in the pipeline itself"]


def test_null_equals_a_missing_member_and_an_expression_is_formatted():
    joined = _examples.join("s3://b", _examples.EXECUTION)
    before = definition(step("A", DisplayName=None))
    after = definition(step("A", Arguments={"ErrorMessage": joined}))

    assert changes_between(before, definition(step("A"))) == []
    assert changes_between(before, after) == [
        'step A: Arguments.ErrorMessage is s3://b/{Execution.PipelineExecutionId}, was "x"'
    ]


def test_a_change_of_the_definition_itself_is_reported():
    before, after = definition(step("A")), definition(step("A"), MlflowConfig={"MlflowExperimentName": "shells"})

    assert changes_between(before, after) == ['the definition: MlflowConfig is new: {"MlflowExperimentName": "shells"}']


def test_a_number_that_becomes_a_string_and_a_new_trigger_are_differences():
    number = _examples.get("Parameters.Rounds")
    text = _examples.join(number, on="")
    before, after = (definition(step("A", Arguments={"ErrorMessage": value})) for value in (number, text))
    with_trigger = definition(step("A"), step("B", DependsOn=[{"Step": "A", "Trigger": "Failed"}]))

    assert len(changes_between(before, after)) == 1
    assert changes_between(definition(step("A"), step("B", DependsOn=["A"])), with_trigger) == [
        'step B: DependsOn is new: [{"Step": "A", "Trigger": "Failed"}]'
    ]


def test_property_files_are_compared_by_their_names():
    first, second = ({"PropertyFileName": n, "OutputName": "train", "FilePath": "r.json"} for n in "AB")
    before, after = (
        _examples.definition(_examples.processing(PropertyFiles=files)) for files in ([first], [second, first])
    )

    assert [change.path for change in changes(Definition(before), Definition(after))] == ["PropertyFiles['B']"]
