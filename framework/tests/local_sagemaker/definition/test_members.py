"""Every member of a request is handled, recorded, without effect here, or refused; a new botocore shows new ones."""

from __future__ import annotations

from local_sagemaker.definition.members import TABLES
from local_sagemaker.definition.members.table import HANDLED, TREATMENTS, WITHOUT_EFFECT, Table, at_most, only, reports
from local_sagemaker.service_model import sagemaker

import pytest


def member_paths(shape, path="", ancestors=frozenset()):
    """Yield the path of each member of a request's shape; the entries of a list are not numbered."""
    while shape.type_name == "list":
        shape = shape.member
    if shape.type_name == "structure" and shape.name not in ancestors:
        for name, member in shape.members.items():
            inner = f"{path}.{name}".lstrip(".")
            yield inner
            yield from member_paths(member, inner, ancestors | {shape.name})


def paths_of(operation):
    return list(member_paths(sagemaker().operation_model(operation).input_shape))


@pytest.mark.parametrize("operation", TABLES)
def test_every_member_is_declared(operation):
    undeclared = [path for path in paths_of(operation) if TABLES[operation].treatment(path) is None]

    assert not undeclared, "declare these: " + " ".join(undeclared)


@pytest.mark.parametrize("operation", TABLES)
def test_every_declaration_is_a_member(operation):
    table, paths = TABLES[operation], set(paths_of(operation))
    declared = {*table.handled_paths, *table.recorded, *table.without_effect, *table.refused, *table.checks}

    assert not declared - paths


@pytest.mark.parametrize("operation", TABLES)
def test_each_member_has_one_treatment_and_a_reason_unless_it_is_handled(operation):
    table = TABLES[operation]
    groups = [table.handled_paths, set(table.recorded), set(table.without_effect), set(table.refused)]

    assert sum(map(len, groups)) == len(set().union(*groups))
    assert set(table.checks) <= table.handled_paths
    for path in set().union(*groups):
        treatment, reason = table.treatment(path)
        assert treatment in TREATMENTS
        assert bool(reason) == (treatment != HANDLED)


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
    ],
)
def test_a_report_names_the_member(request_, expected):
    assert [report.path for report in reports(TABLE, request_)] == expected


def test_a_treatment_of_a_member_holds_for_those_below_it_unless_it_is_handled():
    assert TABLE.treatment("Input.Files.Id") == ("refused", "there are none")
    assert TABLE.treatment("Key.Anything") == (WITHOUT_EFFECT, "nothing is encrypted")
    assert TABLE.treatment("Input.New") is None
