"""Both kinds of checks are found by one function: in a definition, and in an execution."""

from __future__ import annotations

import json

from local_sagemaker.definition.definition import read
from local_sagemaker.testing import BUCKET, processing, run
from local_sagemaker.tools.service.checks import check_in_execution, checks_in_definition
from local_sagemaker.tools.targets import Target

import pytest

JOIN = {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Skip"}]}}
WROTE = "folder = pathlib.Path(ml('output')); folder.mkdir(exist_ok=True); folder.joinpath('message').write_text({!r})"
ML = "import os, pathlib, sys\nml = lambda *parts: os.path.join(os.environ['SAGEMAKER_BASE_DIR'], *parts)\n"


def step(name, words, **environment):
    arguments = {"AppSpecification": {"ImageUri": "i", "ContainerArguments": words}, "Environment": environment}
    return {"Name": name, "Type": "Processing", "Arguments": arguments}


def test_a_projects_own_check_has_the_members_of_sagemakers():
    flags = ["--check", "DATA_BIAS", "--skip-check", JOIN, "--register-new-baseline", "False"]
    steps = [
        step("Resolve", ["--group", "G", "--check", "DATA_BIAS", "", {"Get": "Parameters.Supplied"}]),
        step("Bias", flags, CHECK_TYPE="DATA_BIAS", MODEL_PACKAGE_GROUP_NAME="G"),
        step("Other", ["--check", "this"]),
    ]

    (found,) = checks_in_definition(read(json.dumps({"Version": "2020-12-01", "Steps": steps})))

    assert found == {
        "Name": "Bias", "CheckType": "DATA_BIAS", "ModelPackageGroupName": "G", "SkipCheck": {"Get": "Parameters.Skip"},
        "RegisterNewBaseline": "False", "SuppliedBaselineStatistics": "",
        "SuppliedBaselineConstraints": {"Get": "Parameters.Supplied"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [None, [], {"Environment": []}, {"AppSpecification": {"ContainerArguments": "x"}}]
)
def test_a_step_that_is_no_check_is_none_however_wrong_it_is(arguments):
    steps = [{"Name": "A", "Type": "Processing", "Arguments": arguments}]

    assert checks_in_definition(read(json.dumps({"Version": "2020-12-01", "Steps": steps}))) == []


@pytest.mark.parametrize(
    ("message", "has_report"),
    [
        ("CompletedWithViolations: Job completed successfully with 1 violations. a", True),
        ("Completed: Job completed successfully with no violations.", False),
    ],
)
def test_what_a_check_came_to_is_told_in_sagemakers_words(session, message, has_report):
    uri = f"s3://{BUCKET}/out"
    one = processing("Check", session, ML + WROTE.format(message), outputs={"check": uri})
    one["Arguments"]["Environment"] = {"CHECK_TYPE": "DATA_QUALITY", "MODEL_PACKAGE_GROUP_NAME": "G"}

    ran = run(session, {"Steps": [one]})

    found = check_in_execution(Target(session), ran.steps["Check"])
    assert (found["CheckType"], found["ModelPackageGroupName"]) == ("DATA_QUALITY", "G")
    assert found["CalculatedBaselineStatistics"] == f"{uri}/calculated/statistics.json"
    assert found["BaselineUsedForDriftCheckConstraints"] == f"{uri}/used/constraints.json"
    assert found.get("ViolationReport") == (f"{uri}/constraint_violations.json" if has_report else None)


def test_any_other_step_is_no_check(session):
    ran = run(session, {"Steps": [processing("Prepare", session, "")]})

    assert check_in_execution(Target(session), ran.steps["Prepare"]) is None
    assert check_in_execution(Target(session), {"Metadata": {}}) is None
