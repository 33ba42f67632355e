"""The table of a request's members says which of them are reported, and how."""

from __future__ import annotations

from local_sagemaker.definition.members.table import WITHOUT_EFFECT, Table, at_most, only, reports

import pytest

TABLE = Table(
    "Input Input.Mode Count",
    recorded={"Tags": "kept"},
    without_effect={"Key": "nothing is encrypted"},
    refused={"Input.Files": "there are none"},
    checks={"Input.Mode": only("File"), "Count": at_most(1, "one is enough")},
)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"Input": [{"Mode": "File"}], "Count": 1, "Tags": [{"Key": "a"}]}, []),
        ({"Input": [{"Mode": "File"}, {"Mode": "Pipe"}]}, ["Input[1].Mode"]),
        ({"Input": [{"Mode": {"Get": "Parameters.Mode"}}]}, []),
        ({"Input": [{"Files": {"Id": 1}}]}, ["Input[0].Files"]),
        ({"Input": [{"Files": None}], "Key": "", "Count": 0}, []),
        ({"Count": 2, "Key": "mine"}, ["Count", "Key"]),
        ({"Input": [{"Mode": "File", "New": 1}], "Newer": True}, ["Input[0].New", "Newer"]),
    ],
)
def test_a_report_names_the_member(request_, expected):
    assert [report.path for report in reports(TABLE, request_)] == expected


def test_a_treatment_of_a_member_holds_for_those_below_it_unless_it_is_handled():
    assert TABLE.treatment("Input.Files.Id") == ("refused", "there are none")
    assert TABLE.treatment("Key.Anything") == (WITHOUT_EFFECT, "nothing is encrypted")
    assert TABLE.treatment("Input.New") is None
