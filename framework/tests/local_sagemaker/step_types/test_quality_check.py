"""Tests QualityCheck steps from start to end: the table of flags and baselines, violations, and their outputs."""

from __future__ import annotations

import json

from local_sagemaker.testing import BUCKET, ROLE, create, run, start, wait_for_end

import pytest
from botocore.exceptions import ClientError

IMAGE = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
OUT, GROUP = f"s3://{BUCKET}/out", "Shells"
DATA = "size,sex\n" + "".join(f"{n}.5,{'FM'[n % 2]}\n" for n in range(500))
CHANGED_DATA = "size,sex\n" + "".join(f"{n}.5,{'FX'[n % 2]}\n" for n in range(500))
FAMILY = ("Statistics", "Constraints")


@pytest.fixture
def put(session):
    """Return a function that writes an object and returns its URI."""
    session.client("s3").create_bucket(Bucket=BUCKET)

    def write(key, text):
        session.client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())
        return f"s3://{BUCKET}/{key}"

    return write


@pytest.fixture
def read(account):
    return lambda uri: json.loads(account.objects.read_text(uri))


def check(data, out=OUT, **settings):
    """Return a check of the data at this URI, as the SDK writes it into a definition."""
    folder = "/opt/ml/processing"
    return {
        "Name": "Check",
        "Type": "QualityCheck",
        "Arguments": {
            "RoleArn": ROLE,
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
            },
            "AppSpecification": {"ImageUri": IMAGE},
            "Environment": {
                "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
                "dataset_source": f"{folder}/input/baseline_dataset_input",
                "output_path": f"{folder}/output",
                "publish_cloudwatch_metrics": "Disabled",
            },
            "ProcessingInputs": [
                {
                    "InputName": "baseline_dataset_input",
                    "S3Input": {
                        "S3Uri": data,
                        "LocalPath": f"{folder}/input/baseline_dataset_input",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "quality_check_output",
                        "S3Output": {"S3Uri": out, "LocalPath": f"{folder}/output", "S3UploadMode": "EndOfJob"},
                    }
                ]
            },
        },
        "CheckType": "DATA_QUALITY",
        "ModelPackageGroupName": GROUP,
        "SkipCheck": False,
        "FailOnViolation": True,
        "RegisterNewBaseline": False,
        "SuppliedBaselineStatistics": None,
        "SuppliedBaselineConstraints": None,
        **settings,
    }


@pytest.fixture
def old(session, put):
    """Return the URIs of an earlier run's baseline, Statistics and Constraints."""
    first = check(put("data.csv", DATA), f"s3://{BUCKET}/old", SkipCheck=True, RegisterNewBaseline=True)
    session.client("sagemaker").delete_pipeline(PipelineName=_pipeline(run(session, {"Steps": [first]})))
    return {name: f"s3://{BUCKET}/old/{name.lower()}.json" for name in FAMILY}


def _pipeline(result):
    assert result.status == "Succeeded", result
    return result.arn.split("/")[1]


@pytest.fixture
def register(client):
    """Return a function that registers a version with this baseline."""
    client.create_model_package_group(ModelPackageGroupName=GROUP)

    def version(baseline, status="Approved"):
        sources = {name: {"ContentType": "application/json", "S3Uri": uri} for name, uri in baseline.items()}
        client.create_model_package(
            ModelPackageGroupName=GROUP, ModelApprovalStatus=status, DriftCheckBaselines={"ModelDataQuality": sources}
        )

    return version


def baseline_members(metadata, prefix):
    return {name: metadata[f"{prefix}{name}"] for name in FAMILY if f"{prefix}{name}" in metadata}


FLAGS = [(False, False), (False, True), (True, False), (True, True)]


@pytest.mark.parametrize(("skip", "new"), FLAGS)
@pytest.mark.parametrize("where", ["absent", "registered", "supplied"])
def test_the_table_of_flags_and_baselines(session, put, read, old, register, where, skip, new):
    """The data differ from the old baseline, so that every comparison finds a violation."""
    settings = {"SkipCheck": skip, "RegisterNewBaseline": new}
    if where == "registered":
        register(old)
    elif where == "supplied":
        register({name: f"s3://{BUCKET}/nobody-has-this/{name}" for name in FAMILY})
        settings |= {f"SuppliedBaseline{name}": uri for name, uri in old.items()}

    result = run(session, {"Steps": [check(put("other.csv", CHANGED_DATA), **settings)]})
    step = result.steps["Check"]
    metadata = step.get("Metadata", {}).get("QualityCheck", {})

    if where == "absent" and not (skip and new):
        assert result.status == "Failed"
        assert step["FailureReason"].startswith("ClientError: DATA_QUALITY has no previous statistics and constraints")
        assert not metadata, "nothing was started"
        return
    new_baseline = {name: f"{OUT}/{name.lower()}.json" for name in FAMILY}
    assert baseline_members(metadata, "CalculatedBaseline") == new_baseline
    assert baseline_members(metadata, "BaselineUsedForDriftCheck") == (new_baseline if new else old)
    assert metadata["CheckType"] == "DATA_QUALITY"
    assert (metadata["SkipCheck"], metadata["RegisterNewBaseline"]) == (skip, new)
    assert read(new_baseline["Statistics"])["dataset"]["item_count"] == 500
    if skip:
        assert result.status == "Succeeded"
        assert "ViolationReport" not in metadata
        return
    assert result.status == "Failed"
    report = metadata["ViolationReport"]
    assert step["FailureReason"].startswith(f"ClientError: Quality check failed. See violation report {report}")
    assert {v["feature_name"] for v in read(report)["violations"]} == {"sex"}


def test_only_the_latest_approved_version_counts(session, put, old, register):
    nowhere = {name: f"s3://{BUCKET}/nobody-has-this/{name}" for name in FAMILY}
    register(nowhere)
    register(old)
    register(nowhere, "PendingManualApproval")
    register(nowhere, "Rejected")

    result = run(session, {"Steps": [check(put("data.csv", DATA))]})

    assert result.status == "Succeeded"
    assert baseline_members(result.steps["Check"]["Metadata"]["QualityCheck"], "BaselineUsedForDriftCheck") == old


def test_violations_can_be_reported_without_failing(session, put, old, read, register):
    register(old)

    result = run(session, {"Steps": [check(put("other.csv", CHANGED_DATA), FailOnViolation=False)]})

    assert result.status == "Succeeded"
    assert read(result.steps["Check"]["Metadata"]["QualityCheck"]["ViolationReport"])["violations"]


def test_later_steps_use_its_baselines_and_flags_can_be_parameters(session, put, client):
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": GROUP,
            "DriftCheckBaselines": {
                "ModelDataQuality": {
                    name: {
                        "ContentType": "application/json",
                        "S3Uri": {"Get": f"Steps.Check.BaselineUsedForDriftCheck{name}"},
                    }
                    for name in FAMILY
                }
            },
        },
    }
    flags = {"SkipCheck": {"Get": "Parameters.Skip"}, "RegisterNewBaseline": {"Get": "Parameters.New"}}
    parameters = [{"Name": name, "Type": "Boolean", "DefaultValue": False} for name in ("Skip", "New")]
    steps = [check(put("data.csv", DATA), **flags), register]

    name = create(session, {"Parameters": parameters, "Steps": steps})
    assert wait_for_end(session, start(session, name)).status == "Failed"
    result = wait_for_end(session, start(session, name, {"Skip": "True", "New": "true"}))

    assert result.status == "Succeeded"
    arn = result.steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    carried = client.describe_model_package(ModelPackageName=arn)["DriftCheckBaselines"]["ModelDataQuality"]
    assert carried["Constraints"]["S3Uri"] == f"{OUT}/constraints.json"


def test_the_job_reports_its_violations(session, put, old, register, client, account):
    register(old)

    result = run(session, {"Steps": [check(put("other.csv", CHANGED_DATA))]})

    job = result.steps["Check"]["Metadata"]["QualityCheck"]["CheckJobArn"].rpartition("/")[2]
    described = client.describe_processing_job(ProcessingJobName=job)
    assert described["ExitMessage"] == "CompletedWithViolations: Job completed successfully with 2 violations."
    assert described["Environment"]["baseline_constraints"].endswith("/baseline/constraints/constraints.json")
    assert "sex: Categorical values requirement is not met." in (account.root / "jobs" / job / "algo-1.log").read_text()


def test_data_that_cannot_be_read_fail_the_step_with_their_row(session, put):
    data = put("data.csv", "a,b\n1,2\n3\n")

    result = run(session, {"Steps": [check(data, SkipCheck=True, RegisterNewBaseline=True)]})

    assert result.status == "Failed"
    reason = result.steps["Check"]["FailureReason"]
    assert reason.startswith("ClientError: AlgorithmError: data.csv, row 2: 1 columns instead of 2")
    assert reason.endswith("exit code: 255")


def test_a_check_of_another_type_is_refused_before_anything_runs(session, put):
    with pytest.raises(ClientError, match='CheckType is "MODEL_QUALTY"; it must be one of DATA_QUALITY, MODEL_'):
        create(session, {"Steps": [check(put("data.csv", DATA), CheckType="MODEL_QUALTY")]})


def test_an_unknown_reference_in_a_setting_is_refused(session, put):
    with pytest.raises(ClientError, match=r"Parameters\.Skp.*did you mean 'Skip'"):
        create(
            session,
            {
                "Parameters": [{"Name": "Skip", "Type": "Boolean", "DefaultValue": False}],
                "Steps": [check(put("data.csv", DATA), SkipCheck={"Get": "Parameters.Skp"})],
            },
        )
