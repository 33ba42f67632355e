"""Tests that SageMaker's checks and a project's own are found by one function, in a definition and in an execution."""

from __future__ import annotations

import json

from local_sagemaker.definition.definition import read
from local_sagemaker.testing import BUCKET, processing_step, run
from local_sagemaker.tools.service.checks import check_result, checks_in_definition
from local_sagemaker.tools.targets import Target

import pytest

JOIN = {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Skip"}]}}
WROTE = "folder = pathlib.Path(ml('output')); folder.mkdir(exist_ok=True); folder.joinpath('message').write_text({!r})"
ML = "import os, pathlib, sys\nml = lambda *parts: os.path.join(os.environ['SAGEMAKER_BASE_DIR'], *parts)\n"


def step(name, strings, **environment):
    arguments = {"AppSpecification": {"ImageUri": "i", "ContainerArguments": strings}, "Environment": environment}
    return {"Name": name, "Type": "Processing", "Arguments": arguments}


def test_a_projects_own_check_has_the_members_of_sagemakers():
    flags = ["--check", "DATA_BIAS", "--skip-check", JOIN, "--register-new-baseline", "False"]
    steps = [
        step("Resolve", ["--group", "G", "--check", "DATA_BIAS", "", {"Get": "Parameters.Supplied"}]),
        step("Bias", flags, CHECK_TYPE="DATA_BIAS", MODEL_PACKAGE_GROUP_NAME="G"),
        step("Other", ["--check", "this"]),
    ]

    (check,) = checks_in_definition(read(json.dumps({"Version": "2020-12-01", "Steps": steps})))

    assert check == {
        "Name": "Bias", "CheckType": "DATA_BIAS", "ModelPackageGroupName": "G", "SkipCheck": {"Get": "Parameters.Skip"},
        "RegisterNewBaseline": "False", "SuppliedBaselineStatistics": "",
        "SuppliedBaselineConstraints": {"Get": "Parameters.Supplied"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [None, [], {"Environment": []}, {"AppSpecification": {"ContainerArguments": "x"}}]
)
def test_an_invalid_step_is_not_a_check(arguments):
    steps = [{"Name": "A", "Type": "Processing", "Arguments": arguments}]

    assert checks_in_definition(read(json.dumps({"Version": "2020-12-01", "Steps": steps}))) == []


@pytest.mark.parametrize(
    ("message", "has_report"),
    [
        ("CompletedWithViolations: Job completed successfully with 1 violations. a", True),
        ("Completed: Job completed successfully with no violations.", False),
    ],
)
def test_a_checks_result_has_the_members_of_sagemakers_metadata(session, message, has_report):
    uri = f"s3://{BUCKET}/out"
    check_step = processing_step("Check", session, ML + WROTE.format(message), outputs={"check": uri})
    check_step["Arguments"]["Environment"] = {"CHECK_TYPE": "DATA_QUALITY", "MODEL_PACKAGE_GROUP_NAME": "G"}

    ran = run(session, {"Steps": [check_step]})

    check = check_result(Target(session), ran.steps["Check"])
    assert (check["CheckType"], check["ModelPackageGroupName"]) == ("DATA_QUALITY", "G")
    assert check["CalculatedBaselineStatistics"] == f"{uri}/calculated/statistics.json"
    assert check["BaselineUsedForDriftCheckConstraints"] == f"{uri}/used/constraints.json"
    assert check.get("ViolationReport") == (f"{uri}/constraint_violations.json" if has_report else None)


def test_any_other_step_is_not_a_check(session):
    ran = run(session, {"Steps": [processing_step("Prepare", session, "")]})

    assert check_result(Target(session), ran.steps["Prepare"]) is None
    assert check_result(Target(session), {"Metadata": {}}) is None
