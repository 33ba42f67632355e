"""Tests deploy/endpoint: the parameters that build.py writes, the template's resources, and a stack on moto."""

from __future__ import annotations

import json
import shlex

import pytest
from paths import ROOT

pytest.importorskip("cfnlint", reason="cfn-lint comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from deploy.endpoint import build as command
from local_sagemaker.definition.graph import graph_of
from pipelines.endpoint_monitor.pipeline import get_pipeline

import codebuild
from cfnlint.decode.cfn_yaml import load
from cloudformation import Template
from moto_over_http import BUCKET, REGION

FOLDER = ROOT / "deploy" / "endpoint"
GROUP, ROLE = "Shells", "arn:aws:iam::123456789012:role/model"
PSEUDO = {"AWS::Region": REGION, "AWS::AccountId": "123456789012", "AWS::Partition": "aws"}
ATTRIBUTES = {
    "DataQuality.JobDefinitionName": "definition-1",
    "Model.ModelName": "model-1",
    "EndpointConfig.EndpointConfigName": "config-1",
    "Endpoint.EndpointName": "shells-prod",
    "Errors": "shells-prod-endpoint-errors",
    "Slow": "shells-prod-endpoint-slow",
    "ScalableTarget": "target",
}


@pytest.fixture
def register(aws):
    """Return a function that registers versions, each by its status, and returns the ARN of the last."""
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)

    def run(*statuses):
        request = {"ModelPackageGroupName": GROUP, "InferenceSpecification": {
            "Containers": [{"Image": "an-image", "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"],
        }}  # fmt: skip
        responses = [client.create_model_package(**request, ModelApprovalStatus=status) for status in statuses]
        return responses[-1]["ModelPackageArn"]

    return run


@pytest.fixture
def build(aws, tmp_path, monkeypatch, capsys):
    """Return a function that runs the command, and returns its exit code, and the parameters by stage or the error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **changed):
        for stage in command.STAGES:
            configured = json.loads(FOLDER.joinpath(f"{stage}-config.json").read_text())["Parameters"]
            tmp_path.joinpath(f"{stage}.json").write_text(
                json.dumps({"Parameters": configured | changed.get(stage, {})})
            )
        code = command.main([
            "--model-execution-role", ROLE, "--model-package-group-name", GROUP, "--sagemaker-project-name", "shells",
            "--sagemaker-project-id", "p-1", "--s3-bucket", BUCKET, "--import-staging-config", "staging.json",
            "--import-prod-config", "prod.json", *arguments,
        ])  # fmt: skip
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if code == 0 else printed.err

    return run


def resources_of(parameters):
    """Return logical id -> resource."""
    return Template(FOLDER / "endpoint-config-template.yml", parameters, PSEUDO, ATTRIBUTES).resources()


def test_both_stages_get_the_newest_approved_version(register, build, tmp_path):
    arn = register("Approved", "Approved")
    register("PendingManualApproval", "Rejected")

    code, parameters = build()

    assert code == 0
    for stage in command.STAGES:
        written = json.loads(tmp_path.joinpath(f"{stage}-config-export.json").read_text())
        assert written["Parameters"] == parameters[stage]
        assert written["Tags"] == {"sagemaker:project-name": "shells", "sagemaker:project-id": "p-1"}
        assert parameters[stage]["ModelPackageName"] == arn
        assert parameters[stage]["DataCaptureUploadPath"] == f"s3://{BUCKET}/shells-p-1/datacapture/{stage}"


def test_an_older_version_may_be_chosen_if_it_is_approved(register, build):
    register("Approved", "Rejected", "Approved")

    assert build("--model-package-version", "1")[1]["prod"]["ModelPackageName"].endswith("/1")
    code, error = build("--model-package-version", "2")
    assert (code, "is Rejected; only an approved one" in error) == (2, True)


def test_parameters_and_tags_may_be_two_lists(register, build, tmp_path):
    register("Approved")

    assert build("--export-cfn-params-tags")[0] == 0

    listed = json.loads(tmp_path.joinpath("prod-config-export-params.json").read_text())
    assert {"ParameterKey": "StageName", "ParameterValue": "prod"} in listed
    tags = json.loads(tmp_path.joinpath("prod-config-export-tags.json").read_text())
    assert {"Key": "sagemaker:project-id", "Value": "p-1"} in tags


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"EndpointInstanceTyp": "ml.m5.large"},
            "prod: EndpointInstanceTyp is not a parameter of the template; did you mean",
        ),
        ({"Serverless": "yes"}, "prod: Serverless is 'yes'; AllowedValues is ['true', 'false']"),
        ({"SamplingPercentage": "many"}, "prod: SamplingPercentage is 'many', which is not a number"),
        ({"SamplingPercentage": "101"}, "prod: SamplingPercentage is '101'; MaxValue is 100"),
        ({"StageName": "Prod 1"}, "prod: StageName is 'Prod 1'; AllowedPattern is"),
        ({"MaxInstanceCount": "1"}, "prod: MaxInstanceCount 1 is below EndpointInstanceCount"),
        ({"EndpointInstanceCount": "1"}, "prod: TrafficShifting CANARY needs an EndpointInstanceCount of at least 2"),
        ({"Serverless": "true"}, "prod: a serverless endpoint cannot capture data"),
    ],
)
def test_invalid_parameters_are_an_error_and_no_file_is_written(register, build, tmp_path, changed, message):
    register("Approved")

    code, error = build(prod=changed)

    assert (code, message in error) == (2, True), error
    assert not list(tmp_path.glob("*-export*"))


def test_the_pages_command_has_valid_flags():
    text = FOLDER.joinpath("README.md").read_text().replace("\\\n", " ")
    (line,) = [line for line in text.splitlines() if line.startswith("python deploy/endpoint/")]
    arguments = shlex.split(line)

    assert (ROOT / arguments[1]).is_file()
    assert command._parser().parse_args(arguments[2:]).model_package_group_name == "AbalonePackageGroup"


def test_without_an_approved_version_nothing_is_written(register, build, tmp_path):
    register("PendingManualApproval")

    code, error = build()

    assert code == 2
    assert GROUP in error
    assert not list(tmp_path.glob("*-export*"))


def test_staging_is_serverless_and_has_only_allowed_members(register, build):
    register("Approved")

    resources = resources_of(build()[1]["staging"])

    assert resources.keys() == {"Model", "EndpointConfig", "Endpoint", "Errors", "Slow"}
    assert resources["EndpointConfig"]["ProductionVariants"] == [{
        "VariantName": "AllTraffic", "ModelName": "model-1", "InitialVariantWeight": 1,
        "ServerlessConfig": {"MemorySizeInMB": "2048", "MaxConcurrency": "5"},
    }]  # fmt: skip
    assert "DataCaptureConfig" not in resources["EndpointConfig"]
    assert resources["Model"].keys() == {"Type", "ExecutionRoleArn", "PrimaryContainer"}
    assert "DeploymentConfig" not in resources["Endpoint"]


def test_production_has_instances_capture_autoscaling_and_alarms_that_roll_back(register, build):
    register("Approved")

    resources = resources_of(build()[1]["prod"])

    assert resources["Endpoint"]["EndpointName"] == "shells-prod"
    assert resources["Endpoint"]["RetainAllVariantProperties"] is True
    policy = resources["Endpoint"]["DeploymentConfig"]
    assert policy["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "CANARY"
    alarms = [{"AlarmName": ATTRIBUTES[name]} for name in ("Errors", "Slow")]
    assert policy["AutoRollbackConfiguration"]["Alarms"] == alarms
    capture = resources["EndpointConfig"]["DataCaptureConfig"]
    assert capture["DestinationS3Uri"] == f"s3://{BUCKET}/shells-p-1/datacapture/prod"
    assert capture["CaptureOptions"] == [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]
    target = resources["ScalableTarget"]
    assert (target["MinCapacity"], target["MaxCapacity"], target["ResourceId"]) == (
        "2", "6", "endpoint/shells-prod/variant/AllTraffic",
    )  # fmt: skip
    for name in ("Errors", "Slow"):
        assert resources[name]["AlarmName"] == ATTRIBUTES[name]


def test_vpc_key_and_topics_are_set_on_the_resources(register, build):
    register("Approved")
    key, topic = "arn:aws:kms:eu-west-1:123456789012:key/a", "arn:aws:sns:eu-west-1:123456789012:on-call"
    parameters = {"SubnetIds": ["subnet-1", "subnet-2"], "SGIds": ["sg-1"], "KmsKeyArn": key, "AlarmTopicArns": [topic]}

    resources = resources_of(build(prod=parameters)[1]["prod"])

    assert resources["Model"]["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    config = resources["EndpointConfig"]
    assert config["KmsKeyId"] == config["DataCaptureConfig"]["KmsKeyId"] == key
    assert resources["Errors"]["AlarmActions"] == resources["Slow"]["OKActions"] == [topic]


def test_another_version_gets_a_new_model_behind_the_same_endpoint(register, build):
    register("Approved")
    before = resources_of(build()[1]["prod"])
    assert resources_of(build()[1]["prod"]) == before, "the same version changes nothing"
    register("Approved")

    after = resources_of(build()[1]["prod"])

    assert {name for name in before if before[name] != after[name]} == {"Model"}
    assert "ModelName" not in after["Model"] and "EndpointConfigName" not in after["EndpointConfig"]


MONITOR = {
    "MonitorPipelineName": "shells-monitor", "StartRoleArn": "arn:aws:iam::123456789012:role/shells-schedule",
    "MonitorUrl": f"s3://{BUCKET}/shells-monitor",
}  # fmt: skip


@pytest.mark.parametrize(("hours", "rule"), [("1", "cron(20 * * * ? *)"), ("24", "cron(20 0 * * ? *)")])
def test_a_pipeline_monitors_the_captured_data_of_the_served_version(register, build, hours, rule):
    register("Approved", "Approved")
    parameters = {"MonitoringEngine": "project", "MonitoringHours": hours, **MONITOR}

    resources = resources_of(build(prod=parameters)[1]["prod"])

    assert resources.keys() >= {"IsServed", "LookForDrift", "Drift"} and "MonitoringSchedule" not in resources
    assert resources["LookForDrift"]["ScheduleExpression"] == rule
    for name, hours_back in {"IsServed": "0", "LookForDrift": hours}.items():
        (target,) = resources[name]["Targets"]
        assert target["Arn"].endswith(":pipeline/shells-monitor")
        listed = target["SageMakerPipelineParameters"]["PipelineParameterList"]
        assert {parameter["Name"]: parameter["Value"] for parameter in listed} == {
            "CaptureUrl": f"s3://{BUCKET}/shells-p-1/datacapture/prod/shells-prod/AllTraffic",
            "ModelPackageVersion": "2", "Hours": hours_back,
        }  # fmt: skip
        assert {parameter["Name"] for parameter in listed} <= graph_of(
            get_pipeline(REGION).definition()
        ).parameters.keys()
    pattern = resources["IsServed"]["EventPattern"]["detail"]
    assert pattern == {"EndpointName": ["shells-prod"], "EndpointStatus": ["IN_SERVICE"]}


def test_model_monitor_gets_the_baseline_that_the_pipeline_creates_for_the_version(aws, register, build):
    register("Approved")
    parameters = {"MonitoringEngine": "sagemaker", **MONITOR}

    resources = resources_of(build(prod=parameters)[1]["prod"])

    assert "LookForDrift" not in resources and "IsServed" in resources
    job = resources["DataQuality"]
    assert job["DataQualityBaselineConfig"] == {
        f"{name}Resource": {"S3Uri": f"s3://{BUCKET}/shells-monitor/baselines/1/{name.lower()}.json"}
        for name in ("Constraints", "Statistics")
    }
    assert "model-monitor-analyzer" in job["DataQualityAppSpecification"]["ImageUri"]
    assert resources["MonitoringSchedule"]["MonitoringScheduleConfig"]["MonitoringType"] == "DataQuality"
    base = get_pipeline(REGION, default_bucket=BUCKET, base_job_prefix="shells-monitor").definition()
    assert f'"s3://{BUCKET}/shells-monitor/baselines"' in base
    request = {name: value for name, value in job.items() if name != "Type"} | {"JobDefinitionName": "a"}
    request["JobResources"]["ClusterConfig"] |= {"InstanceCount": 1, "VolumeSizeInGB": 20}
    aws.client("sagemaker").create_data_quality_job_definition(**request)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"MonitoringEngine": "project"}, "prod: MonitoringEngine project needs MonitorPipelineName, StartRoleArn;"),
        ({"MonitoringEngine": "project", "EnableDataCapture": "false"}, "set EnableDataCapture to true"),
        (
            {"MonitoringEngine": "sagemaker", **MONITOR, "MonitorUrl": ""},
            "sagemaker needs MonitorUrl;",
        ),
    ],
)
def test_invalid_monitoring_is_an_error(register, build, changed, message):
    register("Approved")

    code, error = build(prod=changed)

    assert (code, message in error) == (2, True), error


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")  # moto's, about resources that it ignores
@pytest.mark.parametrize("stage", command.STAGES)
def test_a_stack_is_created_and_updated_in_place(aws, register, build, stage):
    """moto creates models, configurations, endpoints and rules from a template, and ignores alarms and autoscaling. It
    would update resources with a false condition, so the template here does not contain them.
    """
    client, stacks = aws.client("sagemaker"), aws.client("cloudformation")
    template = load(str(FOLDER / "endpoint-config-template.yml"))

    def deploy(change):
        values = build(prod={"MonitoringEngine": "project", **MONITOR})[1][stage]
        included = {name: template["Resources"][name] for name in resources_of(values)}
        parameters = [{"ParameterKey": n, "ParameterValue": v} for n, v in values.items()]
        body = json.dumps({**template, "Resources": included})
        change(StackName=f"shells-{stage}", TemplateBody=body, Parameters=parameters)
        (endpoint,) = client.list_endpoints()["Endpoints"]
        described = client.describe_endpoint(EndpointName=endpoint["EndpointName"])
        configured = client.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
        (model_name,) = [model["ModelName"] for model in client.list_models()["Models"]]
        model = client.describe_model(ModelName=model_name)
        return endpoint["EndpointName"], configured, model["PrimaryContainer"]["ModelPackageName"]

    first = register("Approved")
    name, configured, served = deploy(stacks.create_stack)
    assert served == first
    assert ("ServerlessConfig" in configured["ProductionVariants"][0]) is (stage == "staging")

    second = register("Approved")
    again, _, served = deploy(stacks.update_stack)
    assert (again, served) == (name, second)
    rules = {rule["Name"] for rule in aws.client("events").list_rules()["Rules"]}
    assert rules == ({"shells-prod-endpoint-served", "shells-prod-endpoint-monitor"} if stage == "prod" else set())


def test_the_buildspec_runs_and_writes_its_artifacts(aws, register, tmp_path):
    register("Approved")
    clone = tmp_path / "clone"
    clone.mkdir()
    clone.joinpath("deploy").symlink_to(ROOT / "deploy")
    environment = {
        "MODEL_EXECUTION_ROLE_ARN": ROLE, "MODEL_PACKAGE_GROUP_NAME": GROUP, "SAGEMAKER_PROJECT_NAME": "shells",
        "SAGEMAKER_PROJECT_ID": "p-1", "ARTIFACT_BUCKET": BUCKET, "AWS_REGION": REGION,
    }  # fmt: skip

    done = codebuild.build("deploy/endpoint/buildspec.yml", clone, environment)

    assert done.returncode == 0, done.stderr
    artifacts = codebuild.spec("deploy/endpoint/buildspec.yml")["artifacts"]["files"]
    assert all(clone.joinpath(name).is_file() for name in artifacts)
