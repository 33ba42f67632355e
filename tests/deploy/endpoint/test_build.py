"""deploy/endpoint: what build.py writes, what the template makes of it, and a stack of it on moto."""

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
    """Register versions, each by its status; the ARN of the last."""
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)

    def run(*statuses):
        given = {"ModelPackageGroupName": GROUP, "InferenceSpecification": {
            "Containers": [{"Image": "an-image", "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"],
        }}  # fmt: skip
        return [client.create_model_package(**given, ModelApprovalStatus=one)["ModelPackageArn"] for one in statuses][
            -1
        ]

    return run


@pytest.fixture
def build(aws, tmp_path, monkeypatch, capsys):
    """Run the command; its exit code, and what it said or wrote of each stage."""
    monkeypatch.chdir(tmp_path)

    def run(*words, **changed):
        for stage in command.STAGES:
            decided = json.loads(FOLDER.joinpath(f"{stage}-config.json").read_text())["Parameters"]
            tmp_path.joinpath(f"{stage}.json").write_text(json.dumps({"Parameters": decided | changed.get(stage, {})}))
        code = command.main([
            "--model-execution-role", ROLE, "--model-package-group-name", GROUP, "--sagemaker-project-name", "shells",
            "--sagemaker-project-id", "p-1", "--s3-bucket", BUCKET, "--import-staging-config", "staging.json",
            "--import-prod-config", "prod.json", *words,
        ])  # fmt: skip
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if code == 0 else printed.err

    return run


def made(parameters):
    """Logical id -> resource."""
    return Template(FOLDER / "endpoint-config-template.yml", parameters, PSEUDO, ATTRIBUTES).resources()


def test_the_newest_approved_version_is_what_both_stages_are_written_for(register, build, tmp_path):
    arn = register("Approved", "Approved")
    register("PendingManualApproval", "Rejected")

    code, found = build()

    assert code == 0
    for stage in command.STAGES:
        written = json.loads(tmp_path.joinpath(f"{stage}-config-export.json").read_text())
        assert written["Parameters"] == found[stage]
        assert written["Tags"] == {"sagemaker:project-name": "shells", "sagemaker:project-id": "p-1"}
        assert found[stage]["ModelPackageName"] == arn
        assert found[stage]["DataCaptureUploadPath"] == f"s3://{BUCKET}/shells-p-1/datacapture/{stage}"


def test_an_older_version_may_be_named_where_it_is_approved(register, build):
    register("Approved", "Rejected", "Approved")

    assert build("--model-package-version", "1")[1]["prod"]["ModelPackageName"].endswith("/1")
    code, said = build("--model-package-version", "2")
    assert (code, "is Rejected; only an approved one" in said) == (2, True)


def test_parameters_and_tags_may_be_two_lists(register, build, tmp_path):
    register("Approved")

    assert build("--export-cfn-params-tags")[0] == 0

    listed = json.loads(tmp_path.joinpath("prod-config-export-params.json").read_text())
    assert {"ParameterKey": "StageName", "ParameterValue": "prod"} in listed
    tags = json.loads(tmp_path.joinpath("prod-config-export-tags.json").read_text())
    assert {"Key": "sagemaker:project-id", "Value": "p-1"} in tags


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"EndpointInstanceTyp": "ml.m5.large"},
            "prod: EndpointInstanceTyp is no parameter of the template; did you mean",
        ),
        ({"Serverless": "yes"}, "prod: Serverless is 'yes'; AllowedValues is ['true', 'false']"),
        ({"SamplingPercentage": "many"}, "prod: SamplingPercentage is 'many', which is no number"),
        ({"SamplingPercentage": "101"}, "prod: SamplingPercentage is '101'; MaxValue is 100"),
        ({"StageName": "Prod 1"}, "prod: StageName is 'Prod 1'; AllowedPattern is"),
        ({"MaxInstanceCount": "1"}, "prod: MaxInstanceCount 1 is below EndpointInstanceCount"),
        ({"EndpointInstanceCount": "1"}, "prod: TrafficShifting CANARY needs an EndpointInstanceCount of 2 at least"),
        ({"Serverless": "true"}, "prod: a serverless endpoint captures no data"),
    ],
)
def test_what_cloudformation_would_refuse_is_told_and_no_file_is_written(register, build, tmp_path, changed, words):
    register("Approved")

    code, said = build(prod=changed)

    assert (code, words in said) == (2, True), said
    assert not list(tmp_path.glob("*-export*"))


def test_the_page_gives_it_flags_that_it_has():
    text = FOLDER.joinpath("README.md").read_text().replace("\\\n", " ")
    (line,) = [line for line in text.splitlines() if line.startswith("python deploy/endpoint/")]
    words = shlex.split(line)

    assert (ROOT / words[1]).is_file()
    assert command._parser().parse_args(words[2:]).model_package_group_name == "AbalonePackageGroup"


def test_with_nothing_approved_nothing_is_written(register, build, tmp_path):
    register("PendingManualApproval")

    code, said = build()

    assert code == 2
    assert GROUP in said
    assert not list(tmp_path.glob("*-export*"))


def test_staging_is_serverless_and_has_what_such_an_endpoint_may_have(register, build):
    register("Approved")

    resources = made(build()[1]["staging"])

    assert resources.keys() == {"Model", "EndpointConfig", "Endpoint", "Errors", "Slow"}
    assert resources["EndpointConfig"]["ProductionVariants"] == [{
        "VariantName": "AllTraffic", "ModelName": "model-1", "InitialVariantWeight": 1,
        "ServerlessConfig": {"MemorySizeInMB": "2048", "MaxConcurrency": "5"},
    }]  # fmt: skip
    assert "DataCaptureConfig" not in resources["EndpointConfig"]
    assert resources["Model"].keys() == {"Type", "ExecutionRoleArn", "PrimaryContainer"}
    assert "DeploymentConfig" not in resources["Endpoint"]


def test_production_has_instances_capture_autoscaling_and_is_rolled_back_by_its_alarms(register, build):
    register("Approved")

    resources = made(build()[1]["prod"])

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


def test_a_vpc_a_key_and_topics_reach_what_has_them(register, build):
    register("Approved")
    key, topic = "arn:aws:kms:eu-west-1:123456789012:key/a", "arn:aws:sns:eu-west-1:123456789012:on-call"
    given = {"SubnetIds": ["subnet-1", "subnet-2"], "SGIds": ["sg-1"], "KmsKeyArn": key, "AlarmTopicArns": [topic]}

    resources = made(build(prod=given)[1]["prod"])

    assert resources["Model"]["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    config = resources["EndpointConfig"]
    assert config["KmsKeyId"] == config["DataCaptureConfig"]["KmsKeyId"] == key
    assert resources["Errors"]["AlarmActions"] == resources["Slow"]["OKActions"] == [topic]


def test_another_version_is_another_model_behind_the_endpoint_of_the_same_name(register, build):
    register("Approved")
    before = made(build()[1]["prod"])
    assert made(build()[1]["prod"]) == before, "the same version changes nothing"
    register("Approved")

    after = made(build()[1]["prod"])

    assert {name for name in before if before[name] != after[name]} == {"Model"}
    assert "ModelName" not in after["Model"] and "EndpointConfigName" not in after["EndpointConfig"]


MONITOR = {
    "MonitorPipelineName": "shells-monitor", "StartRoleArn": "arn:aws:iam::123456789012:role/shells-schedule",
    "MonitorUrl": f"s3://{BUCKET}/shells-monitor",
}  # fmt: skip


@pytest.mark.parametrize(("hours", "rule"), [("1", "cron(20 * * * ? *)"), ("24", "cron(20 0 * * ? *)")])
def test_a_pipeline_monitors_what_is_captured_of_the_version_that_is_served(register, build, hours, rule):
    register("Approved", "Approved")
    given = {"MonitoringEngine": "project", "MonitoringHours": hours, **MONITOR}

    resources = made(build(prod=given)[1]["prod"])

    assert resources.keys() >= {"IsServed", "LookForDrift", "Drift"} and "MonitoringSchedule" not in resources
    assert resources["LookForDrift"]["ScheduleExpression"] == rule
    for name, looked_at in {"IsServed": "0", "LookForDrift": hours}.items():
        (target,) = resources[name]["Targets"]
        assert target["Arn"].endswith(":pipeline/shells-monitor")
        listed = target["SageMakerPipelineParameters"]["PipelineParameterList"]
        assert {one["Name"]: one["Value"] for one in listed} == {
            "CaptureUrl": f"s3://{BUCKET}/shells-p-1/datacapture/prod/shells-prod/AllTraffic",
            "ModelPackageVersion": "2", "Hours": looked_at,
        }  # fmt: skip
        assert {one["Name"] for one in listed} <= graph_of(get_pipeline(REGION).definition()).parameters.keys()
    pattern = resources["IsServed"]["EventPattern"]["detail"]
    assert pattern == {"EndpointName": ["shells-prod"], "EndpointStatus": ["IN_SERVICE"]}


def test_model_monitor_gets_the_baseline_that_the_pipeline_makes_of_that_version(aws, register, build):
    register("Approved")
    given = {"MonitoringEngine": "sagemaker", **MONITOR}

    resources = made(build(prod=given)[1]["prod"])

    assert "LookForDrift" not in resources and "IsServed" in resources
    job = resources["DataQuality"]
    assert job["DataQualityBaselineConfig"] == {
        f"{kind}Resource": {"S3Uri": f"s3://{BUCKET}/shells-monitor/baselines/1/{kind.lower()}.json"}
        for kind in ("Constraints", "Statistics")
    }
    assert "model-monitor-analyzer" in job["DataQualityAppSpecification"]["ImageUri"]
    assert resources["MonitoringSchedule"]["MonitoringScheduleConfig"]["MonitoringType"] == "DataQuality"
    base = get_pipeline(REGION, default_bucket=BUCKET, base_job_prefix="shells-monitor").definition()
    assert f'"s3://{BUCKET}/shells-monitor/baselines"' in base
    request = {name: value for name, value in job.items() if name != "Type"} | {"JobDefinitionName": "a"}
    request["JobResources"]["ClusterConfig"] |= {"InstanceCount": 1, "VolumeSizeInGB": 20}
    aws.client("sagemaker").create_data_quality_job_definition(**request)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"MonitoringEngine": "project"}, "prod: MonitoringEngine project needs MonitorPipelineName, StartRoleArn;"),
        ({"MonitoringEngine": "project", "EnableDataCapture": "false"}, "set EnableDataCapture to true"),
        (
            {"MonitoringEngine": "sagemaker", **MONITOR, "MonitorUrl": ""},
            "sagemaker needs MonitorUrl;",
        ),
    ],
)
def test_monitoring_that_could_not_work_is_told(register, build, changed, words):
    register("Approved")

    code, said = build(prod=changed)

    assert (code, words in said) == (2, True), said


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")  # moto's, of what it passes over
@pytest.mark.parametrize("stage", command.STAGES)
def test_a_stack_is_made_and_updated_in_place(aws, register, build, stage):
    """moto makes models, configurations, endpoints and rules of a template, and passes over alarms and autoscaling. It
    would update what a condition has left out: that is not in the template here.
    """
    client, stacks = aws.client("sagemaker"), aws.client("cloudformation")
    template = load(str(FOLDER / "endpoint-config-template.yml"))

    def deployed(change):
        given = build(prod={"MonitoringEngine": "project", **MONITOR})[1][stage]
        there = {name: template["Resources"][name] for name in made(given)}
        parameters = [{"ParameterKey": n, "ParameterValue": v} for n, v in given.items()]
        body = json.dumps({**template, "Resources": there})
        change(StackName=f"shells-{stage}", TemplateBody=body, Parameters=parameters)
        (endpoint,) = client.list_endpoints()["Endpoints"]
        found = client.describe_endpoint(EndpointName=endpoint["EndpointName"])
        configured = client.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
        (named,) = [one["ModelName"] for one in client.list_models()["Models"]]
        model = client.describe_model(ModelName=named)
        return endpoint["EndpointName"], configured, model["PrimaryContainer"]["ModelPackageName"]

    first = register("Approved")
    name, configured, served = deployed(stacks.create_stack)
    assert served == first
    assert ("ServerlessConfig" in configured["ProductionVariants"][0]) is (stage == "staging")

    second = register("Approved")
    again, _, served = deployed(stacks.update_stack)
    assert (again, served) == (name, second)
    rules = {one["Name"] for one in aws.client("events").list_rules()["Rules"]}
    assert rules == ({"shells-prod-endpoint-served", "shells-prod-endpoint-monitor"} if stage == "prod" else set())


def test_the_buildspec_runs_and_leaves_what_it_says(aws, register, tmp_path):
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
    left = codebuild.spec("deploy/endpoint/buildspec.yml")["artifacts"]["files"]
    assert all(clone.joinpath(name).is_file() for name in left)
