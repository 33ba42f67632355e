"""Checks the CloudFormation templates: cfn-lint finds nothing, and the batch template equals Terraform's resources."""

from __future__ import annotations

import json
import re

import pytest
from paths import ROOT

pytest.importorskip("cfnlint", reason="cfn-lint comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from deploy.configuration import EXPORT_FORMATS

from accounts import TARGET
from cfnlint.api import lint_file
from cloudformation import Template
from moto_over_http import REGION

FOLDER = ROOT / "deploy" / "batch" / "cloud_formation"
TEMPLATE = FOLDER / "batch-config-template.yml"
TEMPLATES = sorted(path for path in (ROOT / "deploy").rglob("*.yml") if not path.name.endswith("buildspec.yml"))
PSEUDO = {"AWS::Region": REGION, "AWS::AccountId": TARGET, "AWS::Partition": "aws"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_cfn_lint_finds_nothing(path):
    assert not [f"{match.rule.id} {match.message} (line {match.linenumber})" for match in lint_file(path)]


@pytest.mark.parametrize("stage", ["pre-prod", "prod"])
def test_both_configurations_set_the_same_parameters(stage):
    tf = json.loads(FOLDER.parent.joinpath(f"{stage}-config.tfvars.json").read_text())
    cfn = json.loads(FOLDER.joinpath(f"{stage}-config.json").read_text())["Parameters"]

    assert tf.keys() - {"region"} == cfn.keys()


@pytest.mark.parametrize("variant", ["looked up", "pinned"])
def test_the_stack_equals_terraforms_resources(deployment, variant):
    created, values = deployment["made"][variant], deployment["variables"][variant]
    parameters = dict(override.split("=", 1) for override in EXPORT_FORMATS["cfn"](values)) | {
        "ScheduleExpressionforPipeline": "rate(1 day)"
    }

    resources = Template(TEMPLATE, parameters, PSEUDO, _attributes(created)).resources()

    converted = _convert(created)
    expected = {PAIRS[address.partition("[")[0]](address): values for address, values in converted.items()}
    for logical, properties in expected.items():
        assert _comparable(resources[logical]) == properties, logical
    assert resources.keys() == expected.keys()


#: Terraform's address -> logical id.
PAIRS = {
    "aws_sagemaker_pipeline.BatchDeployPipeline": lambda _: "BatchDeployPipeline",
    "aws_sagemaker_model.pinned": lambda _: "PinnedModel",
    "module.approved_model.aws_lambda_function.function": lambda _: "ApprovedModel",
    "module.approved_model.aws_iam_role.function": lambda _: "ApprovedModelRole",
    "module.approved_model.aws_cloudwatch_log_group.function": lambda _: "ApprovedModelLog",
    "module.schedule.aws_cloudwatch_event_rule.schedule": lambda _: "Schedule",
    "module.schedule.aws_iam_role.schedule": lambda _: "ScheduleRole",
    "aws_cloudwatch_metric_alarm.watch": lambda address: {
        "execution-failed": "ExecutionFailed", "not-started": "NotStarted", "no-model": "NoModel",
    }[address.split('"')[1]],
    "aws_cloudwatch_dashboard.watch": lambda _: "Dashboard",
}  # fmt: skip


def _attributes(created):
    """Return the attributes that CloudFormation would have of existing resources."""
    alarms = {PAIRS["aws_cloudwatch_metric_alarm.watch"](a): v for a, v in created.items() if "metric_alarm" in a}
    return {
        "ApprovedModelRole.Arn": created["module.approved_model.aws_iam_role.function"]["arn"],
        "ScheduleRole.Arn": created["module.schedule.aws_iam_role.schedule"]["arn"],
        **{f"{name}.Arn": values["arn"] for name, values in alarms.items()},
    }


def _convert(created):
    """Convert Terraform's resources to CloudFormation's; some are parts of another resource there."""
    types = {address: re.sub(r"^module\.\w+\.", "", address).partition(".")[0] for address in created}
    assert set(types.values()) <= SHAPES.keys() | PARTS.keys()
    parts = {name: [created[address] for address in created if types[address] == name] for name in PARTS}
    resources = {address: values for address, values in created.items() if types[address] in SHAPES}
    return {address: _non_empty(SHAPES[types[address]](values, parts)) for address, values in resources.items()}


def _non_empty(document):
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}


def _environment(values):
    environment = values["environment"]
    return {"Variables": environment[0]["variables"]} if environment else None


SHAPES = {
    "aws_sagemaker_pipeline": lambda v, _: {
        "Type": "AWS::SageMaker::Pipeline", "PipelineName": v["pipeline_name"], "RoleArn": v["role_arn"],
        "PipelineDisplayName": v["pipeline_display_name"], "PipelineDescription": v["pipeline_description"],
    },
    "aws_sagemaker_model": lambda v, _: {
        "Type": "AWS::SageMaker::Model", "ModelName": v["name"], "ExecutionRoleArn": v["execution_role_arn"],
        "EnableNetworkIsolation": v["enable_network_isolation"],
        "PrimaryContainer": {"ModelPackageName": v["primary_container"][0]["model_package_name"]},
        "VpcConfig": {
            "Subnets": v["vpc_config"][0]["subnets"], "SecurityGroupIds": v["vpc_config"][0]["security_group_ids"],
        },
    },
    "aws_lambda_function": lambda v, _: {
        "Type": "AWS::Lambda::Function", "FunctionName": v["function_name"], "Description": v["description"],
        "Role": v["role"], "Runtime": v["runtime"], "Handler": v["handler"], "Timeout": v["timeout"],
        "MemorySize": v["memory_size"], "Code": {"S3Bucket": v["s3_bucket"], "S3Key": v["s3_key"]},
        "KmsKeyArn": v["kms_key_arn"], "Environment": _environment(v),
    },
    "aws_iam_role": lambda v, parts: {
        "Type": "AWS::IAM::Role", "RoleName": v["name"], "Description": v["description"],
        "AssumeRolePolicyDocument": json.loads(v["assume_role_policy"]),
        "PermissionsBoundary": v["permissions_boundary"],
        "Policies": [
            {"PolicyName": item["name"], "PolicyDocument": _in_order(json.loads(item["policy"]))}
            for item in parts["aws_iam_role_policy"] if item["role"] == v["name"]
        ],
    },
    "aws_cloudwatch_log_group": lambda v, _: {
        "Type": "AWS::Logs::LogGroup", "LogGroupName": v["name"], "RetentionInDays": str(v["retention_in_days"]),
        "KmsKeyId": v["kms_key_id"],
    },
    "aws_cloudwatch_event_rule": lambda v, parts: {
        "Type": "AWS::Events::Rule", "Name": v["name"], "Description": v["description"],
        "ScheduleExpression": v["schedule_expression"], "State": v["state"], 
        "Targets": [PARTS["aws_cloudwatch_event_target"](item) for item in parts["aws_cloudwatch_event_target"]],
    },
    "aws_cloudwatch_metric_alarm": lambda v, _: {
        "Type": "AWS::CloudWatch::Alarm", "AlarmName": v["alarm_name"], "AlarmDescription": v["alarm_description"],
        "Namespace": v["namespace"], "MetricName": v["metric_name"], "Statistic": v["statistic"], "Period": v["period"],
        "Dimensions": [{"Name": name, "Value": value} for name, value in v["dimensions"].items()],
        "EvaluationPeriods": v["evaluation_periods"], "Threshold": v["threshold"],
        "ComparisonOperator": v["comparison_operator"], "TreatMissingData": v["treat_missing_data"],
        "AlarmActions": v["alarm_actions"], "OKActions": v["ok_actions"],
    },
    "aws_cloudwatch_dashboard": lambda v, _: {
        "Type": "AWS::CloudWatch::Dashboard", "DashboardName": v["dashboard_name"],
        "DashboardBody": json.loads(v["dashboard_body"]),
    },
}  # fmt: skip


#: Resources that are a part of another one in CloudFormation.
PARTS = {
    "aws_iam_role_policy": lambda v: v,
    "aws_cloudwatch_event_target": lambda v: {
        "Id": v["target_id"], "Arn": v["arn"], "RoleArn": v["role_arn"],
        "SageMakerPipelineParameters": {"PipelineParameterList": [
            {"Name": item["name"], "Value": item["value"]}
            for item in _by_name(v["sagemaker_pipeline_target"][0]["pipeline_parameter_list"], "name")
        ]},
    },
}  # fmt: skip


def _by_name(items, member):
    return sorted(items, key=lambda item: item[member])


def _in_order(policy):
    for statement in policy["Statement"]:
        if isinstance(statement["Resource"], list):
            statement["Resource"] = sorted(statement["Resource"])
    return policy


def _comparable(properties):
    """Return the properties to compare: not the definition, which is an S3 object here and a string in Terraform."""
    compared = {name: value for name, value in properties.items() if name not in ("PipelineDefinition", "Tags")}
    if "DashboardBody" in compared:
        compared["DashboardBody"] = json.loads(compared["DashboardBody"])
    for target in compared.get("Targets", ()):
        listed = target["SageMakerPipelineParameters"]
        listed["PipelineParameterList"] = _by_name(listed["PipelineParameterList"], "Name")
    for policy in compared.get("Policies", ()):
        _in_order(policy["PolicyDocument"])
    return compared
