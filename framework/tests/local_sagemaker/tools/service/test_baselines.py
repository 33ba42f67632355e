"""Tests that the registry decides, for each check, whether it can be compared yet, unless parameters overrule it."""

from __future__ import annotations

import json
from contextlib import suppress

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service import baselines

import pytest
from botocore.exceptions import ClientError

GROUP = "Shells"
#: Two checks of one group, each with parameters of its own.
CHECKS = {"DataQuality": "DATA_QUALITY", "ModelQuality": "MODEL_QUALITY"}
MEMBERS = {"DATA_QUALITY": "ModelDataQuality", "MODEL_QUALITY": "ModelQuality"}


def flags(check):
    return f"Skip{check}Check", f"RegisterNew{check}Baseline"


def parameter(name, value_type, default):
    return {"Name": name, "Type": value_type, "DefaultValue": default}


@pytest.fixture
def definition():
    parameters, steps = [], []
    for check, check_type in CHECKS.items():
        skip, register = flags(check)
        supplied = [f"{check}SuppliedStatistics", f"{check}SuppliedConstraints"]
        parameters += [parameter(name, "Boolean", False) for name in (skip, register)]
        parameters += [parameter(name, "String", "") for name in supplied]
        steps.append({
            "Name": f"{check}CheckStep", "Type": "QualityCheck", "Arguments": {}, "CheckType": check_type,
            "ModelPackageGroupName": GROUP, "FailOnViolation": True,
            "SkipCheck": {"Get": f"Parameters.{skip}"}, "RegisterNewBaseline": {"Get": f"Parameters.{register}"},
            "SuppliedBaselineStatistics": {"Get": f"Parameters.{supplied[0]}"},
            "SuppliedBaselineConstraints": {"Get": f"Parameters.{supplied[1]}"},
        })  # fmt: skip
    condition = {"Name": "If", "Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": steps[1:]}}
    return json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": [steps[0], condition]})


@pytest.fixture
def register(client):
    client.create_model_package_group(ModelPackageGroupName="Others")

    def version(*types, status="Approved"):
        with suppress(ClientError):  # it exists already if this is not the first version
            client.create_model_package_group(ModelPackageGroupName=GROUP)
        file = {"ContentType": "application/json", "S3Uri": "s3://b/file"}
        baseline = {"Statistics": file, "Constraints": file}
        client.create_model_package(
            ModelPackageGroupName=GROUP, ModelApprovalStatus=status,
            DriftCheckBaselines={MEMBERS[check_type]: baseline for check_type in types},
        )  # fmt: skip

    return version


FIRST_RUN = {check: dict.fromkeys(flags(check), "True") for check in CHECKS}


def test_without_a_model_package_group_every_check_has_a_first_run(client, definition):
    assert baselines.parameters(client, definition) == FIRST_RUN["DataQuality"] | FIRST_RUN["ModelQuality"]


def test_a_version_that_is_not_approved_does_not_count(client, definition, register):
    register(*CHECKS.values(), status="PendingManualApproval")

    assert baselines.parameters(client, definition) == FIRST_RUN["DataQuality"] | FIRST_RUN["ModelQuality"]


def test_each_check_is_decided_separately(client, definition, register):
    register("DATA_QUALITY")

    assert baselines.parameters(client, definition) == FIRST_RUN["ModelQuality"]


def test_with_all_baselines_no_flag_is_set(client, definition, register):
    register(*CHECKS.values())

    assert baselines.parameters(client, definition, {"SkipDataQualityCheck": "False"}) == {
        "SkipDataQualityCheck": "False"
    }


def test_a_supplied_baseline_counts(client, definition):
    supplied = {f"ModelQualitySupplied{name}": f"s3://b/{name}" for name in ("Statistics", "Constraints")}

    assert baselines.parameters(client, definition, supplied) == supplied | FIRST_RUN["DataQuality"]


def test_half_of_a_baseline_is_refused_and_not_ignored(client, definition, register):
    supplied = {"ModelQualitySuppliedConstraints": "s3://b/c"}

    with pytest.raises(UsageError, match="MODEL_QUALITY has no previous statistics: "):
        baselines.parameters(client, definition, supplied)
    register(*CHECKS.values())
    assert (
        baselines.parameters(client, definition, supplied) == supplied
    )  # the statistics are those of the registered version


@pytest.mark.parametrize("flag", flags("DataQuality"))
def test_explicit_flags_are_kept_and_a_single_flag_is_refused(client, definition, flag):
    other_flag = next(name for name in flags("DataQuality") if name != flag)
    both = {flag: "True", other_flag: "True"}

    assert baselines.parameters(client, definition, both) == both | FIRST_RUN["ModelQuality"]
    with pytest.raises(
        UsageError, match=r"DATA_QUALITY has no previous.*SkipDataQualityCheck and RegisterNew.*: omit both"
    ):
        baselines.parameters(client, definition, {flag: "True"})


def test_a_definition_without_checks_needs_no_registry(definition):
    without_checks = json.dumps(
        {"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}]}
    )

    assert baselines.parameters(None, without_checks) == {}
