"""What a start does with members that are refused or have no effect here, and with a job name in the Arguments."""

from __future__ import annotations

import json
import re

from local_sagemaker.errors import NoEffectWarning
from local_sagemaker.testing import SCIKIT_LEARN, create, processing_step, run, start, wait_for_end

import pytest
import trainings
from botocore.exceptions import ClientError
from paths import SHARED

HUB_MODEL = "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/a-model/1.0.0"
INSTANCES = {"InstanceCount": 2, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
PROGRAM = ["python3", "-c", "open('/opt/ml/model/model', 'w').close()"]


def training(*, name="Train", **members):
    """Return a Training step without channels, whose program writes a file as its model."""
    step = trainings.training({}, image=SCIKIT_LEARN, ContainerEntrypoint=PROGRAM)
    del step["Arguments"]["InputDataConfig"]
    return step | {"Name": name, "Arguments": step["Arguments"] | members}


def channel(source=None, **members):
    s3 = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://testing-bucket/rows.csv"}}
    return [{"ChannelName": "train", "DataSource": source or s3, **members}]


def reported_members(capsys):
    """Return the members that stderr reports as without effect."""
    return re.findall(r"^note: (\S+) has no effect here: .+$", capsys.readouterr().err, re.MULTILINE)


EFS = {"FileSystemId": "fs-0123456789", "FileSystemAccessMode": "ro", "FileSystemType": "EFS", "DirectoryPath": "/x"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"InputDataConfig": channel(InputMode="Pipe")}, r"InputDataConfig\[0\].InputMode .*: data are copied before"),
        (
            {"InputDataConfig": channel(CompressionType="Gzip", InputMode="Pipe")},
            r"InputDataConfig\[0\].CompressionType .*Pipe mode",
        ),
        ({"InputDataConfig": channel(RecordWrapperType="RecordIO")}, "RecordWrapperType .* supports only None"),
        ({"InputDataConfig": channel({"FileSystemDataSource": EFS})}, "FileSystemDataSource .*: EFS and FSx"),
        ({"ResourceConfig": INSTANCES}, "ResourceConfig.InstanceCount .*: .* runs on one instance"),
        (
            {"CheckpointConfig": {"S3Uri": "s3://testing-bucket/checkpoints"}},
            "CheckpointConfig .*: checkpoints are not",
        ),
        ({"ServerlessJobConfig": {"BaseModelArn": HUB_MODEL, "JobType": "FineTuning"}}, "ServerlessJobConfig is not"),
    ],
)
def test_a_refused_member_is_named_before_the_first_step(session, client, members, message):
    session.client("s3").put_object(Bucket="testing-bucket", Key="rows.csv", Body=b"1\n")
    create(session, {"Steps": [training(name="First"), training(name="Second", **members)]}, "Testing")

    with pytest.raises(ClientError, match=message):
        start(session, "Testing")

    assert client.list_training_jobs()["TrainingJobSummaries"] == []


def test_all_refused_members_are_reported_at_once(session):
    steps = [
        training(name="First", ResourceConfig=INSTANCES),
        training(InputDataConfig=channel(InputMode="Pipe")),
    ]
    create(session, {"Steps": steps}, "Testing")

    with pytest.raises(
        ClientError, match=r"for 3 reasons:\n  Steps\[0\].*InstanceCount.*\n  Steps\[1\].*InputMode.*\n  .*rows.csv"
    ):
        start(session, "Testing")


def test_the_operation_refuses_the_same_member(client):
    request = training(InputDataConfig=channel(InputMode="Pipe"))["Arguments"]

    with pytest.raises(ClientError, match=r"NotImplementedHere.* does not support InputDataConfig\[0\].InputMode here"):
        client.create_training_job(TrainingJobName="pipe", **request)


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}, "Steps[0].CacheConfig"),
        ({"RetryPolicies": [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 3}]}, "Steps[0].RetryPolicies"),
    ],
)
def test_a_member_without_effect_is_reported_once_at_the_start(session, capsys, members, path):
    steps = [training(name=name) | members for name in ("First", "Second")]

    assert run(session, {"Steps": steps}).status == "Succeeded"

    assert reported_members(capsys) == [path]


def test_only_an_experiment_of_ones_own_is_reported(session, capsys):
    default = {
        "ExperimentName": {"Get": "Execution.PipelineName"},
        "TrialName": {"Get": "Execution.PipelineExecutionId"},
    }

    run(session, {"Steps": [training()], "PipelineExperimentConfig": default})
    assert reported_members(capsys) == []

    session.client("sagemaker").delete_pipeline(PipelineName="Testing", ClientRequestToken="x" * 32)
    run(session, {"Steps": [training()], "PipelineExperimentConfig": default | {"ExperimentName": "mine"}})
    assert reported_members(capsys) == ["PipelineExperimentConfig"]


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"SelectiveExecutionConfig": {"SelectedSteps": [{"StepName": "Train"}]}}, "SelectiveExecutionConfig"),
        ({"PipelineVersionId": 1}, "PipelineVersionId"),
    ],
)
def test_a_start_with_a_choice_of_steps_or_versions_is_refused(session, client, members, name):
    create(session, {"Steps": [training()]}, name="Choice")

    with pytest.raises(ClientError, match=f"NotImplementedHere.*{name}"):
        client.start_pipeline_execution(PipelineName="Choice", **members)

    assert client.list_pipeline_executions(PipelineName="Choice")["PipelineExecutionSummaries"] == []


def test_a_job_name_in_the_arguments_is_the_prefix_of_the_jobs_name(session, client):
    result = run(session, {"Steps": [training(TrainingJobName="nightly")]})

    assert result.status == "Succeeded"
    (job,) = client.list_training_jobs()["TrainingJobSummaries"]
    prefix, execution, token, attempts = job["TrainingJobName"].split("-")
    assert (prefix, execution, attempts) == ("nightly", result.arn.rpartition("/")[2], "0")
    assert token


CASES = SHARED / "cases" / "definitions"
REFUSED_CASES = ("pipe-mode", "serverless-training", "efs", "feature-store-output", "two-instances")


@pytest.mark.skipif(not CASES.is_dir(), reason="the collected cases are not part of the project")
@pytest.mark.parametrize("name", REFUSED_CASES)
def test_a_collected_case_is_refused_before_anything_runs(session, client, name):
    bucket = session.client("s3")
    for key in ("tr", "code/A.py", "in/a.csv"):
        bucket.put_object(Bucket="testing-bucket", Key=key, Body=b"")
    create(session, json.loads((CASES / f"{name}.json").read_text()), "Testing")

    with pytest.raises(ClientError, match="is not supported here"):
        start(session, "Testing")


def test_an_import_that_the_image_lacks_is_reported_at_the_start(session, capsys):
    create(session, {"Steps": [processing_step("Step", session, "import json\nimport matplotlib")]}, "Testing")

    wait_for_end(session, start(session, "Testing"))

    warning = "warning: step 'Step': .*runs Step.py, whose line 2 imports matplotlib, which sagemaker-scikit-learn:"
    assert re.search(warning, capsys.readouterr().err)


def test_an_execution_has_the_definitions_mlflow_configuration_with_the_experiment_of_its_start(session, client):
    server = "arn:aws:sagemaker:us-east-1:000000000000:mlflow-tracking-server/server"
    config = {"MlflowResourceArn": server, "MlflowExperimentName": "written"}
    create(session, {"Steps": [training()], "MlflowConfig": config}, name="Tracked")

    with pytest.warns(NoEffectWarning, match="MlflowExperimentName"):
        arn = start(session, "Tracked", MlflowExperimentName="started")

    described = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert described["MLflowConfig"] == {"MlflowResourceArn": server, "MlflowExperimentName": "started"}
    wait_for_end(session, arn)
