"""Tests deploy/codepipeline: its parameters, each resource of its stack on moto, and its builds."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest

pytest.importorskip("cfnlint", reason="cfn-lint comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from deploy.codepipeline import build as command
from deploy.functions import function_archive
from deploy.iam import iam_helper

import codepipeline_stack
from cfnlint.decode.cfn_yaml import load
from codepipeline_stack import (
    ACCOUNT,
    ARTIFACTS,
    CODECOMMIT,
    DATA,
    EXPORT,
    FUNCTIONS,
    IMAGE,
    NAME,
    ROOT,
    TEMPLATE,
    attributes,
)  # fmt: skip
from handlers import LAMBDAS_FOLDER as LAMBDAS
from moto_over_http import BUCKET, REGION


@pytest.fixture
def build(aws, tmp_path, capsys):
    """Return a function that runs build.py stack, and returns its exit code, and the parameters or the error."""
    codepipeline_stack.make_versioned_buckets(aws, ARTIFACTS)

    def run(**configured):
        code = codepipeline_stack.write_stack(tmp_path, **configured)
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if code == 0 else printed.err

    return run


@pytest.fixture
def raw_data(aws):
    """Create the bucket of the training data."""
    codepipeline_stack.make_versioned_buckets(aws, DATA["DataBucket"])


@pytest.fixture
def resources(build, raw_data):
    """Return a function that returns logical id -> resource, for the parameters that build.py writes."""
    return lambda **configured: codepipeline_stack.resources(build(**configured)[1]["parameters"])


def stages(resources):
    return {stage["Name"]: {a["Name"]: a for a in stage["Actions"]} for stage in resources["CodePipeline"]["Stages"]}


def test_the_functions_code_is_uploaded_to_the_templates_key(aws, build, tmp_path):
    code, report = build()

    assert code == 0
    parameters = report["parameters"]
    assert codepipeline_stack.read_stack(tmp_path) == parameters
    for folder in FUNCTIONS.values():
        key = f"{parameters['FunctionsS3Prefix']}/{folder}.zip"
        content = aws.client("s3").get_object(Bucket=ARTIFACTS, Key=key)["Body"].read()
        assert content == function_archive(folder)
        assert "deploy/codepipeline_job.py" in zipfile.ZipFile(io.BytesIO(content)).namelist() or "confirm" in folder
    assert build()[1] == report, "a second run has the same result"


@pytest.mark.parametrize(
    ("configured", "message"),
    [
        ({"BranchNam": "main"}, "BranchNam is not a parameter of the template; did you mean 'BranchName'?"),
        ({"ModelRepository": ""}, "ModelRepository is missing"),
        ({"MaxTrainingMinutes": "2"}, "MaxTrainingMinutes is '2'; MinValue is 5"),
        ({"DataBucket": "raw-data"}, "DataBucket and DataKey go together"),
        ({"ImageFolder": "image"}, "ImageFolder and ImageBase go together"),
        ({"DataBucket": BUCKET, "DataKey": "a.csv"}, "is not versioned, but CodePipeline requires it: aws s3api"),
    ],
)
def test_wrong_parameters_are_an_error_before_anything_is_uploaded(aws, build, tmp_path, configured, message):
    code, error = build(**configured)

    assert (code, message in error) == (2, True), error
    assert not tmp_path.joinpath(EXPORT).exists()
    assert ("s3", "PutObject") not in aws.calls


@pytest.mark.usefixtures("raw_data")
def test_the_datas_bucket_notifies_eventbridge_and_keeps_its_other_notifications(aws, build):
    s3, topic = aws.client("s3"), aws.client("sns").create_topic(Name="topic")["TopicArn"]
    notifications = {"TopicConfigurations": [{"Id": "a", "TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket=DATA["DataBucket"], NotificationConfiguration=notifications)

    assert build(**DATA)[1]["bucket"] == "notifies EventBridge of new files"

    current = s3.get_bucket_notification_configuration(Bucket=DATA["DataBucket"])
    assert current["TopicConfigurations"][0]["TopicArn"] == topic


@pytest.mark.parametrize("logical", FUNCTIONS)
def test_a_functions_role_has_the_policy_of_its_folder(resources, logical):
    folder = FUNCTIONS[logical]
    names = {
        "Partition": "aws", "Region": REGION, "Account": ACCOUNT, "Bucket": BUCKET, "Endpoints": "shells-*",
        "Function": f"codepipeline-shells-{command.FUNCTIONS[folder]}", "Group": NAME,
        "CodePipelineArn": f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{NAME}",
        **{f"PipelineArn{suffix}": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{NAME}" for suffix in SUFFIXES},
        **{
            f"VersionsArn{suffix}": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{NAME}/*"
            for suffix in SUFFIXES
        },
    }  # fmt: skip
    names["KmsKeyArn"] = key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/a-key"
    statements = json.loads(LAMBDAS.joinpath(folder, "policy.json").read_text())["Statement"]
    expected = [
        {**s, "Resource": {re.sub(r"\$\{(\w+)\}", lambda match: names[match[1]], text) for text in s["Resource"]}}
        for s in statements
    ]

    (policy,) = resources(KmsKeyArn=key)[f"{logical}Role"]["Policies"]

    filled = [{**s, "Resource": set(s["Resource"])} for s in policy["PolicyDocument"]["Statement"]]
    assert sorted(filled, key=lambda s: s["Sid"]) == sorted(expected, key=lambda s: s["Sid"])


SUFFIXES = ("", "InLowerCase")


def test_no_job_can_approve_its_own_model():
    """Jobs may invoke functions whose names begin with sagemaker-, by SageMaker's own policy."""
    names = [
        item["Properties"]["FunctionName"]
        for item in load(str(TEMPLATE))["Resources"].values()
        if item["Type"] == LAMBDA
    ]

    assert len(names) == len(FUNCTIONS)
    assert all(name["Fn::Sub"].startswith("codepipeline-") for name in names)


LAMBDA = "AWS::Lambda::Function"


def test_optional_parts_exist_only_if_they_are_configured(resources):
    plain, complete = resources(), resources(**DATA, **CODECOMMIT, **IMAGE)

    assert [*stages(plain)["Source"]] == ["Model"]
    assert [*stages(complete)["Source"]] == ["Model", "Etl", "Tests", "Data"]
    assert {item["ActionTypeId"]["Provider"] for item in stages(complete)["Source"].values()} == {"CodeCommit", "S3"}
    assert complete.keys() - plain.keys() == {
        "BuildImage", "BuildImageRole", "Images", "DataHaveCome", "CodeHasCome",
    }  # fmt: skip
    built = stages(complete)["Build"]["Pipeline"]
    assert [item["Name"] for item in built["InputArtifacts"]] == ["Model", "Etl", "Tests"]
    (variable,) = json.loads(built["Configuration"]["EnvironmentVariables"])
    assert (variable["name"], variable["value"]) == ("MORE_KWARGS", '"training_image_uri": "#{Image.IMAGE_URI}"')
    submitted = stages(complete)["Train"]["Submit"]["Configuration"]["UserParameters"]
    assert json.loads(submitted)["Parameters"]["InputDataUrl"] == "s3://raw-data/abalone.csv"
    assert json.loads(stages(plain)["Train"]["Submit"]["Configuration"]["UserParameters"]) == {"Parameters": {}}


def test_functions_are_updated_after_the_tests_and_with_their_own_role(resources):
    resources_by_id = resources(**IMAGE)
    order = {name: int(action["RunOrder"]) for name, action in stages(resources_by_id)["Build"].items()}

    assert order["Image"] < order["Pipeline"] < order["Functions"]
    for logical, role in {"BuildFunctions": "BuildFunctionsRole", "BuildImage": "BuildImageRole"}.items():
        assert resources_by_id[logical]["ServiceRole"].endswith(f"role/{role}")
    assert "lambda:UpdateFunctionCode" not in json.dumps(iam_helper.policy("ci", dict.fromkeys(CI, "x")))


CI = (
    "Partition", "Region", "Account", "Bucket", "Pipelines", "PipelinesInLowerCase", "Group", "GroupInLowerCase",
    "ExecutionRole", "ArtifactBucket",
)  # fmt: skip


def test_artifacts_may_not_be_in_the_jobs_bucket(build, tmp_path, monkeypatch):
    monkeypatch.setattr(codepipeline_stack, "ARTIFACTS", BUCKET)

    code, error = build()

    assert (code, "has to differ from --s3-bucket, where jobs may write" in error) == (2, True), error


def test_every_wait_has_an_end_and_nothing_polls(resources):
    by_id = resources(**DATA, **CODECOMMIT)

    for stage in stages(by_id).values():
        for action in stage.values():
            is_approval = action["ActionTypeId"]["Category"] == "Approval"
            assert ("TimeoutInMinutes" in action) is is_approval, action["Name"]
            assert action["Configuration"].get("PollForSourceChanges", "false") == "false"
    rules = [item for item in by_id.values() if item["Type"] == "AWS::Events::Rule"]
    assert len(rules) == 4
    assert not any("ScheduleExpression" in item for item in rules)


def test_actions_use_variables_of_earlier_actions_only_and_no_namespace_is_an_artifact(resources):
    namespaces = {"codepipeline"}
    actions = [a for stage in stages(resources(**DATA, **CODECOMMIT, **IMAGE)).values() for a in stage.values()]
    artifacts = {item["Name"] for action in actions for item in action.get("OutputArtifacts", ())}
    assert not artifacts & {action["Namespace"] for action in actions if "Namespace" in action}
    for stage in resources(**DATA, **CODECOMMIT, **IMAGE)["CodePipeline"]["Stages"]:
        for action in sorted(stage["Actions"], key=lambda item: int(item.get("RunOrder", 1))):
            used = set(re.findall(r"#\{(\w+)\.", json.dumps(action["Configuration"])))
            assert used <= namespaces, action["Name"]
            namespaces.add(action.get("Namespace", "codepipeline"))


def camel(document):
    """Convert CloudFormation's properties to the names in the service's own API."""
    if isinstance(document, dict):
        return {
            name[0].lower() + name[1:]: value if name == "Configuration" else camel(value)
            for name, value in document.items()
        }
    return [camel(item) for item in document] if isinstance(document, list) else document


@pytest.mark.usefixtures("raw_data")
@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")  # moto's, about resources that it ignores
@pytest.mark.parametrize("configured", [{}, {**DATA, **CODECOMMIT, **IMAGE}], ids=["plain", "complete"])
def test_a_stack_is_created_with_each_of_its_resources(aws, build, configured):
    """Here the services' own APIs create those resources of the template that moto ignores."""
    parameters = build(**configured)[1]["parameters"]
    stacks = aws.client("cloudformation")
    listed = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    stacks.create_stack(
        StackName="shells", TemplateBody=TEMPLATE.read_text(), Parameters=listed, Capabilities=["CAPABILITY_IAM"]
    )

    existing = {
        item["LogicalResourceId"] for item in stacks.list_stack_resources(StackName="shells")["StackResourceSummaries"]
    }
    resources = codepipeline_stack.resources(parameters)
    ignored_types = {"AWS::CodePipeline::Pipeline", "AWS::CodeBuild::Project", "AWS::CloudWatch::Alarm"}
    assert {name for name, item in resources.items() if item["Type"] not in ignored_types} <= existing
    client = aws.client("lambda")
    for logical, folder in FUNCTIONS.items():
        configuration = client.get_function(FunctionName=attributes()[logical])["Configuration"]
        assert configuration["Timeout"] == int(resources[logical]["Timeout"]), folder
    rules = {item["Name"]: item for item in aws.client("events").list_rules()["Rules"]}
    for item in resources.values():
        if item["Type"] == "AWS::Events::Rule":
            targets = aws.client("events").list_targets_by_rule(Rule=item["Name"])["Targets"]
            assert len(targets) == 1 and json.loads(rules[item["Name"]]["EventPattern"]) == item["EventPattern"]
    if configured:
        assert aws.client("ecr").describe_repositories()["repositories"][0]["imageTagMutability"] == "IMMUTABLE"
    _create_ignored_resources(aws, resources)


def _create_ignored_resources(aws, resources):
    iam = aws.client("iam")
    service = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    role = iam.create_role(RoleName="of-codepipeline", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    builds = [item for item in resources.values() if item["Type"] == "AWS::CodeBuild::Project"]
    for item in builds:
        project = camel({name: value for name, value in item.items() if name not in ("Type", "TimeoutInMinutes")})
        # moto requires locations, which CodePipeline's artifacts do not have.
        project["source"] = {"type": "CODEPIPELINE", "buildspec": project["source"]["buildSpec"], "location": "none"}
        project["artifacts"]["location"] = "none"
        project["environment"]["privilegedMode"] = bool(project["environment"].get("privilegedMode"))
        aws.client("codebuild").create_project(**project)
        assert (ROOT / project["source"]["buildspec"]).is_file()
    assert len(aws.client("codebuild").list_projects()["projects"]) == len(builds)
    pipeline = {name: value for name, value in resources["CodePipeline"].items() if name not in ("Type", "Tags")}
    declared = camel(pipeline | {"RoleArn": role})
    for stage in declared["stages"]:
        for action in stage["actions"]:
            for number in ("runOrder", "timeoutInMinutes"):
                action |= {number: int(action[number])} if number in action else {}
    aws.client("codepipeline").create_pipeline(pipeline=declared)
    created = aws.client("codepipeline").get_pipeline(name=NAME)["pipeline"]
    assert [item["name"] for item in created["stages"]] == ["Source", "Build", "Train", "Staging", "Production"]
