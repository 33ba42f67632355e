"""deploy/batch, applied by Terraform to a moto server: what is there then, and what a change changes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.definition.parse import parse_parameters

import terraform
from accounts import ARTIFACTS, GROUP, TARGET, register
from moto_over_http import REGION

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("batch", "base", "training")
PIPELINE, FUNCTION = "shells-p-1-preprod", "sagemaker-shells-preprod-model"


def test_the_files_are_formatted():
    terraform.require()

    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", str(ROOT / "deploy")],
        capture_output=True, text=True, check=False, env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", FOLDERS)
def test_each_folder_is_valid_and_its_own_tests_pass(name, tmp_path):
    folder = terraform.copied(name, tmp_path, backend="")

    folder.run("validate", "-no-color")
    folder.run("test", "-no-color")


def test_what_is_deployed_is_what_was_asked_for(accounts, released, environment, tmp_path):
    variables = released()
    batch = terraform.copied("batch", tmp_path / "clone", environment)

    batch.apply(variables)

    given = json.loads(variables.read_text())
    client = {name: accounts.target.session.client(name) for name in (
        "sagemaker", "s3", "lambda", "events", "iam", "logs", "cloudwatch",
    )}  # fmt: skip
    pipeline = client["sagemaker"].describe_pipeline(PipelineName=PIPELINE)
    definition = client["s3"].get_object(Bucket=ARTIFACTS, Key=given["PipelineDefinitionS3Key"])["Body"].read().decode()
    assert json.loads(pipeline["PipelineDefinition"]) == json.loads(definition)
    assert pipeline["RoleArn"] == given["ExecutionRoleArn"]
    tags = client["sagemaker"].list_tags(ResourceArn=pipeline["PipelineArn"])["Tags"]
    assert {"Key": "sagemaker:project-name", "Value": "shells"} in tags

    schedule = client["events"].describe_rule(Name=f"{PIPELINE}-schedule")
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(1 day)", "ENABLED")
    (target,) = client["events"].list_targets_by_rule(Rule=schedule["Name"])["Targets"]
    assert target["Arn"] == pipeline["PipelineArn"]
    passed = {one["Name"]: one["Value"] for one in target["SageMakerPipelineParameters"]["PipelineParameterList"]}
    declared = parse_parameters(definition)
    assert declared.keys() - passed.keys() == {"GroundTruthUrl"}, "all of them, but what is empty"
    assert passed.keys() <= declared.keys()
    assert all(declared[name].read(value) is not None for name, value in passed.items())
    role = client["iam"].get_role(RoleName=target["RoleArn"].rpartition("/")[2])["Role"]
    policy = client["iam"].get_role_policy(RoleName=role["RoleName"], PolicyName="start-the-pipeline")["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("sagemaker:StartPipelineExecution", pipeline["PipelineArn"])

    function = client["lambda"].get_function(FunctionName=FUNCTION)["Configuration"]
    assert (function["Handler"], function["Runtime"]) == ("handler.lambda_handler", "python3.12")
    assert "MODEL_PACKAGE_VERSION" not in function.get("Environment", {}).get("Variables", {})
    logs = client["logs"].describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{FUNCTION}")["logGroups"]
    assert logs[0]["retentionInDays"] == 90
    alarms = client["cloudwatch"].describe_alarms()["MetricAlarms"]
    assert {one["AlarmName"].removeprefix(f"{PIPELINE}-") for one in alarms} == {
        "execution-failed",
        "no-model",
        "not-started",
    }
    dashboard = client["cloudwatch"].get_dashboard(DashboardName=f"{PIPELINE}-dashboard")["DashboardBody"]
    assert len(json.loads(dashboard)["widgets"]) == 4

    assert not terraform.changes(batch.plan(variables)), "the same again changes nothing"


def test_a_new_definition_and_a_new_variable_show_in_the_plan(released, environment, tmp_path):
    variables = released()
    batch = terraform.copied("batch", tmp_path / "clone", environment)
    batch.apply(variables)

    released("--kwargs", '{"monitor_before_transform": false}')
    plan = batch.plan(variables)
    assert terraform.changes(plan) == {"aws_sagemaker_pipeline.BatchDeployPipeline": ["update"]}
    batch.apply(variables)
    assert not terraform.changes(batch.plan(variables))

    given = json.loads(variables.read_text())
    variables.write_text(json.dumps(given | {"ScheduleExpressionforPipeline": "cron(0 6 * * ? *)", "BadRows": "Drop"}))
    assert terraform.changes(batch.plan(variables)) == {
        "aws_cloudwatch_event_rule.schedule": ["update"],
        "aws_cloudwatch_event_target.schedule": ["update"],
    }


def test_a_version_that_is_pinned_is_a_model_and_what_the_function_gives_back(
    accounts, released, environment, tmp_path
):
    register(accounts.training)
    variables = released("--model-package-version", "1")
    batch = terraform.copied("batch", tmp_path / "clone", environment)

    batch.apply(variables)

    model = accounts.target.client.describe_model(ModelName=f"{PIPELINE}-v1")
    assert model["PrimaryContainer"]["ModelPackageName"].endswith("/1")
    assert model["EnableNetworkIsolation"] is True
    function = accounts.target.session.client("lambda").get_function(FunctionName=FUNCTION)["Configuration"]
    assert function["Environment"]["Variables"] == {"MODEL_PACKAGE_VERSION": "1"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ScheduleExpressionforPipeline": "daily"}, "ScheduleExpressionforPipeline is as"),
        ({"InputDataUrl": "s3: //shells.csv"}, "InputDataUrl is as s3://bucket/key"),
        ({"BadRows": "Keep"}, "BadRows is Fail or Drop"),
        ({"GroundTruthAvailable": True}, "GroundTruthAvailable needs a GroundTruthUrl"),
        ({"SGIds": []}, "SubnetIds and SGIds go together"),
        ({"Environment": "qa"}, "Environment is preprod or prod"),
    ],
)
def test_a_variable_that_cannot_be_is_told_by_the_plan(tmp_path, environment, changed, message):
    batch = terraform.copied("batch", tmp_path / "clone", environment)
    variables = tmp_path / "variables.json"
    variables.write_text(json.dumps(GIVEN | changed))

    done = batch.run("plan", "-input=false", "-no-color", f"-var-file={variables}", check=False)

    assert done.returncode == 1
    assert message in re.sub(r"[│\s]+", " ", done.stderr)


GIVEN = {
    "region": REGION, "Environment": "preprod", "SageMakerProjectName": "shells", "SageMakerProjectId": "p-1",
    "BatchPipeline": PIPELINE, "ProjectBucket": ARTIFACTS, "PipelineDefinitionS3Key": "definition.json",
    "ApprovedModelFunction": FUNCTION, "ApprovedModelCodeS3Key": "function.zip", "ModelPackageGroupName": GROUP,
    "ModelPackageName": "an-arn", "ModelPackageVersion": 1, "ReleasedFrom": "another-arn",
    "ExecutionRoleArn": f"arn:aws:iam::{TARGET}:role/jobs", "InputDataUrl": "s3://a-bucket/shells.csv",
    "SubnetIds": ["subnet-1"], "SGIds": ["sg-1"],
}  # fmt: skip


def test_the_state_lies_in_a_bucket_and_is_locked_there(aws, accounts, released, environment, tmp_path):
    variables = released()
    s3 = accounts.target.session.client("s3")
    s3.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": REGION})
    batch = terraform.copied("batch", tmp_path / "clone", environment, backend="")
    batch.path.joinpath("moto_backend.conf").write_text(
        'bucket = "states"\nkey = "mlops-terraform-preprod-shells.state"\nregion = "eu-west-1"\nuse_path_style = true\n'
        "skip_credentials_validation = true\nskip_requesting_account_id = true\nskip_metadata_api_check = true\n"
    )
    terraform.initialised(batch, "-reconfigure", "-backend-config=moto_backend.conf")

    batch.apply(variables)

    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="states")["Contents"]]
    assert keys == ["mlops-terraform-preprod-shells.state"], "the lock is gone"
    assert ("s3", "DeleteObject") in aws.calls
