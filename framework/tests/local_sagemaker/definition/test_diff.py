"""Differences of definitions, in words."""

from __future__ import annotations

import json

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.diff import changes
from local_sagemaker.definition.rules import _examples

import mutants
import pytest


def said(before, after):
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
    for one in after["Steps"]:
        for key in ("ProcessingInputs", "InputDataConfig"):
            one["Arguments"].get(key, []).reverse()
        one["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", []).reverse()
    after = {key: after[key] for key in reversed(after)}

    assert said(before, after) == []


def test_timestamps_do_not_count_and_code_is_told_by_its_name():
    place = "Steps[0].Arguments.ProcessingInputs[0].S3Input.S3Uri"
    original = _examples.definition(_examples.processing())
    at = [_examples.with_value(original, place, f"s3://b/job-2026-01-0{n}-10-11-12-345/x") for n in (1, 2)]
    code = [_examples.with_value(original, place, f"s3://b/code/{digit * 64}/prepare.pyz") for digit in "ab"]

    assert said(*at) == []
    assert said(*code) == [
        "step Prepare: Arguments.ProcessingInputs['data'].S3Input.S3Uri: prepare.pyz has another content"
    ]


def test_steps_parameters_and_edges_that_come_and_go():
    before = definition(step("A"), step("B", DependsOn=["A"]), Parameters=[{"Name": "Old", "Type": "String"}])
    after = definition(
        step("A"), step("C"), step("B", DependsOn=["C"]), Parameters=[_examples.parameter("New", "Integer", 5)]
    )

    assert said(before, after) == [
        "parameter Old (String) is gone",
        "parameter New (Integer) is new, 5 by default",
        "step C (Fail) is new",
        "step B no longer waits for A",
    ]
    assert said(
        after, definition(step("A"), step("C"), step("B", DependsOn=["A", "C"]), Parameters=after["Parameters"])
    ) == ["step B now waits for A"]


def test_a_step_that_moves_into_a_branch():
    same = _examples.compare("Equals", _examples.EXECUTION, "x")
    before = definition(_examples.condition("Gate", same, then=(step("A"),)), step("B"))
    after = definition(_examples.condition("Gate", same, then=(step("A"), step("B"))))

    assert said(before, after) == ["step B is now in IfSteps of Gate, was in the pipeline itself"]


def test_null_is_as_good_as_nothing_and_an_expression_is_spelt():
    joined = _examples.join("s3://b", _examples.EXECUTION)
    before = definition(step("A", DisplayName=None))
    after = definition(step("A", Arguments={"ErrorMessage": joined}))

    assert said(before, definition(step("A"))) == []
    assert said(before, after) == ['step A: Arguments.ErrorMessage is s3://b/{Execution.PipelineExecutionId}, was "x"']


def test_a_change_of_the_definition_itself():
    before, after = definition(step("A")), definition(step("A"), MlflowConfig={"MlflowExperimentName": "shells"})

    assert said(before, after) == ['the definition: MlflowConfig is new: {"MlflowExperimentName": "shells"}']


def test_a_number_that_becomes_a_text_and_a_trigger_are_differences():
    number = _examples.get("Parameters.Rounds")
    text = _examples.join(number, on="")
    before, after = (definition(step("A", Arguments={"ErrorMessage": value})) for value in (number, text))
    triggered = definition(step("A"), step("B", DependsOn=[{"Step": "A", "Trigger": "Failed"}]))

    assert len(said(before, after)) == 1
    assert said(definition(step("A"), step("B", DependsOn=["A"])), triggered) == [
        'step B: DependsOn is new: [{"Step": "A", "Trigger": "Failed"}]'
    ]


def test_property_files_are_told_by_their_own_names():
    one, two = ({"PropertyFileName": n, "OutputName": "train", "FilePath": "r.json"} for n in "AB")
    before, after = (_examples.definition(_examples.processing(PropertyFiles=files)) for files in ([one], [two, one]))

    assert [change.path for change in changes(Definition(before), Definition(after))] == ["PropertyFiles['B']"]
