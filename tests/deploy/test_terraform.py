"""deploy/ by Terraform: files that are formatted and valid, what is there once applied, what a change changes."""

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

    folder.run("test", "-no-color")  # which validates it first


def test_the_pipeline_is_the_definition_that_was_released(deployed):
    pipeline, given = deployed["read"]["pipeline"], deployed["variables"]["looked up"]
    definition = json.loads(pipeline["PipelineDefinition"])

    assert pipeline["PipelineName"] == given["BatchPipeline"] == PIPELINE
    assert pipeline["RoleArn"] == given["ExecutionRoleArn"]
    names = [step["Name"] for step in definition["Steps"]]
    assert names[0] == "LambdaStepGetApprovedModel"
    assert {"Key": "sagemaker:project-name", "Value": "shells"} in deployed["read"]["tags"]


def test_the_schedule_passes_every_parameter_of_the_pipeline_but_what_is_empty(deployed):
    from local_sagemaker.definition.definition import read as read_definition
    from local_sagemaker.definition.parameters import declared_parameters as declared_in

    read = deployed["read"]
    assert (read["rule"]["ScheduleExpression"], read["rule"]["State"]) == ("rate(1 day)", "ENABLED")
    (target,) = read["targets"]
    assert target["Arn"] == read["pipeline"]["PipelineArn"]
    assert target["RoleArn"] == read["schedule role"]["Arn"]
    passed = {one["Name"]: one["Value"] for one in target["SageMakerPipelineParameters"]["PipelineParameterList"]}
    declared = declared_in(read_definition(read["pipeline"]["PipelineDefinition"]))
    assert declared.keys() - passed.keys() == {"GroundTruthUrl"}
    assert passed.keys() <= declared.keys()
    assert all(declared[name].read(value) is not None for name, value in passed.items())
    (statement,) = read["schedule policy"]["Statement"]
    assert statement["Resource"] == read["pipeline"]["PipelineArn"]


def test_the_function_is_told_no_version_and_keeps_its_log_for_a_while(deployed):
    read = deployed["read"]

    assert (read["function"]["Handler"], read["function"]["Runtime"]) == ("handler.lambda_handler", "python3.12")
    assert read["function"]["Role"] == read["function role"]["Arn"]
    assert "MODEL_PACKAGE_VERSION" not in read["function"].get("Environment", {}).get("Variables", {})
    assert read["logs"][0]["retentionInDays"] == 90


def test_there_are_alarms_and_a_dashboard_of_the_environments_own(deployed):
    names = {one["AlarmName"] for one in deployed["read"]["alarms"]}
    assert names == {f"{PIPELINE}-{one}" for one in ("execution-failed", "no-model", "not-started")}
    widgets = json.loads(deployed["read"]["dashboard"])["widgets"]
    assert [one["properties"]["title"] for one in widgets] == [
        "Executions of the last week", "Minutes of an execution", "The schedule", "Alarms",
    ]  # fmt: skip


def test_the_same_again_changes_nothing(deployed):
    assert [deployed["planned"][one] for one in ("preprod again", "dev again", "training again", "nothing")] == [{}] * 4


def test_a_new_definition_shows_in_the_plan_and_nothing_else_does(deployed):
    assert deployed["planned"]["definition"] == {"aws_sagemaker_pipeline.BatchDeployPipeline": ["update"]}


def test_an_older_version_and_other_settings_show_in_the_plan(deployed):
    alarms = [f'aws_cloudwatch_metric_alarm.watch["{one}"]' for one in ("execution-failed", "no-model", "not-started")]

    assert deployed["planned"]["pinned"] == {
        "module.schedule.aws_cloudwatch_event_target.schedule": ["update"],
        "module.approved_model.aws_lambda_function.function": ["update"],
        "aws_sagemaker_model.pinned[0]": ["create"],
        "aws_sagemaker_pipeline.BatchDeployPipeline": ["update"],  # its description says which release it is of
        **{alarm: ["update"] for alarm in alarms},
    }


def test_a_version_that_is_pinned_is_a_model_and_what_the_function_gives_back(deployed):
    made = deployed["made"]["pinned"]

    (container,) = made["aws_sagemaker_model.pinned[0]"]["primary_container"]
    assert container["model_package_name"] == deployed["variables"]["pinned"]["ModelPackageName"]
    (environment,) = made["module.approved_model.aws_lambda_function.function"]["environment"]
    version = deployed["variables"]["pinned"]["ModelPackageVersion"]
    assert environment["variables"] == {"MODEL_PACKAGE_VERSION": str(version)}
    assert deployed["variables"]["pinned"]["ReleasedFrom"].endswith("/1")


def test_the_state_lies_in_a_bucket_and_is_locked_there(deployed):
    assert deployed["states"] == ["mlops-terraform-preprod-shells.state"], "the lock is gone"
    assert "s3:DeleteObject" in deployed["calls"]["terraform"]


def test_nothing_is_left_of_what_is_destroyed(deployed):
    assert deployed["left"] == []


def test_the_training_accounts_schedule_and_trigger_are_there(deployed):
    made = deployed["made"]["training"]

    assert made["module.schedule.aws_cloudwatch_event_target.schedule"]["arn"].endswith(":pipeline/abalonepipeline")
    assert made["aws_lambda_permission.approval"]["source_arn"] == made["aws_cloudwatch_event_rule.approval"]["arn"]
    assert (
        made["module.dispatch.aws_lambda_function.function"]["environment"][0]["variables"]["WORKFLOW"] == "deploy.yml"
    )
