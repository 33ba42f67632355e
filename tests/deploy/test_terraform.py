"""Tests deploy/ with Terraform: formatted and valid files, the applied resources, and the effect of changes."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
import terraform
from paths import ROOT

pytestmark = pytest.mark.long
FOLDERS = ("batch", "base", "training", "events")
PIPELINE, FUNCTION = "shells-p-1-preprod", "sagemaker-shells-preprod-model"


def test_the_files_are_formatted():
    terraform.require()

    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", str(ROOT / "deploy")],
        capture_output=True, text=True, check=False,
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", FOLDERS)
def test_each_folder_is_valid_and_its_own_tests_pass(name, tmp_path):
    folder = terraform.copy_folder(name, tmp_path, backend="")

    folder.run("test", "-no-color")  # validates the folder first


def test_the_pipeline_is_the_definition_that_was_released(deployment):
    pipeline, values = deployment["read"]["pipeline"], deployment["variables"]["looked up"]
    definition = json.loads(pipeline["PipelineDefinition"])

    assert pipeline["PipelineName"] == values["BatchPipeline"] == PIPELINE
    assert pipeline["RoleArn"] == values["ExecutionRoleArn"]
    names = [step["Name"] for step in definition["Steps"]]
    assert names[0] == "LambdaStepGetApprovedModel"
    assert {"Key": "sagemaker:project-name", "Value": "shells"} in deployment["read"]["tags"]


def test_the_schedule_passes_every_non_empty_parameter_of_the_pipeline(deployment):
    from local_sagemaker.definition.definition import read as read_definition
    from local_sagemaker.definition.parameters import declared_parameters as declared_in

    read = deployment["read"]
    assert (read["rule"]["ScheduleExpression"], read["rule"]["State"]) == ("rate(1 day)", "ENABLED")
    (target,) = read["targets"]
    assert target["Arn"] == read["pipeline"]["PipelineArn"]
    assert target["RoleArn"] == read["schedule role"]["Arn"]
    listed = target["SageMakerPipelineParameters"]["PipelineParameterList"]
    passed = {parameter["Name"]: parameter["Value"] for parameter in listed}
    declared = declared_in(read_definition(read["pipeline"]["PipelineDefinition"]))
    assert declared.keys() - passed.keys() == {"GroundTruthUrl"}
    assert passed.keys() <= declared.keys()
    assert all(declared[name].read(value) is not None for name, value in passed.items())
    (statement,) = read["schedule policy"]["Statement"]
    assert statement["Resource"] == read["pipeline"]["PipelineArn"]


def test_the_function_has_no_pinned_version_and_keeps_its_log_for_90_days(deployment):
    read = deployment["read"]

    assert (read["function"]["Handler"], read["function"]["Runtime"]) == ("handler.lambda_handler", "python3.12")
    assert read["function"]["Role"] == read["function role"]["Arn"]
    assert "MODEL_PACKAGE_VERSION" not in read["function"].get("Environment", {}).get("Variables", {})
    assert read["logs"][0]["retentionInDays"] == 90


def test_each_environment_has_its_own_alarms_and_dashboard(deployment):
    names = {alarm["AlarmName"] for alarm in deployment["read"]["alarms"]}
    assert names == {f"{PIPELINE}-{suffix}" for suffix in ("execution-failed", "no-model", "not-started")}
    widgets = json.loads(deployment["read"]["dashboard"])["widgets"]
    assert [widget["properties"]["title"] for widget in widgets] == [
        "Executions of the last week", "Minutes of an execution", "The schedule", "Alarms",
    ]  # fmt: skip


def test_applying_again_changes_nothing(deployment):
    assert [deployment["planned"][plan] for plan in ("preprod again", "dev again", "training again", "nothing")] == [
        {}
    ] * 4


def test_a_new_definition_changes_only_the_pipeline(deployment):
    assert deployment["planned"]["definition"] == {"aws_sagemaker_pipeline.BatchDeployPipeline": ["update"]}


def test_an_older_version_and_other_settings_show_in_the_plan(deployment):
    names = ("execution-failed", "no-model", "not-started")
    alarms = [f'aws_cloudwatch_metric_alarm.watch["{name}"]' for name in names]

    assert deployment["planned"]["pinned"] == {
        "module.schedule.aws_cloudwatch_event_target.schedule": ["update"],
        "module.approved_model.aws_lambda_function.function": ["update"],
        "aws_sagemaker_model.pinned[0]": ["create"],
        "aws_sagemaker_pipeline.BatchDeployPipeline": ["update"],  # its description names the release
        **{alarm: ["update"] for alarm in alarms},
    }


def test_a_pinned_version_is_a_model_and_is_set_for_the_function(deployment):
    resources = deployment["made"]["pinned"]

    (container,) = resources["aws_sagemaker_model.pinned[0]"]["primary_container"]
    assert container["model_package_name"] == deployment["variables"]["pinned"]["ModelPackageName"]
    (environment,) = resources["module.approved_model.aws_lambda_function.function"]["environment"]
    version = deployment["variables"]["pinned"]["ModelPackageVersion"]
    assert environment["variables"] == {"MODEL_PACKAGE_VERSION": str(version)}
    assert deployment["variables"]["pinned"]["ReleasedFrom"].endswith("/1")


def test_the_state_is_in_a_bucket_and_locked_there(deployment):
    assert deployment["states"] == ["mlops-terraform-preprod-shells.state"], "the lock is released"
    assert "s3:DeleteObject" in deployment["calls"]["terraform"]


def test_destroy_removes_everything(deployment):
    assert deployment["left"] == []


def test_the_training_account_has_its_schedule_and_trigger(deployment):
    resources = deployment["made"]["training"]

    assert resources["module.schedule.aws_cloudwatch_event_target.schedule"]["arn"].endswith(
        ":pipeline/abalonepipeline"
    )
    assert (
        resources["aws_lambda_permission.approval"]["source_arn"]
        == resources["aws_cloudwatch_event_rule.approval"]["arn"]
    )
    assert (
        resources["module.dispatch.aws_lambda_function.function"]["environment"][0]["variables"]["WORKFLOW"]
        == "deploy.yml"
    )
