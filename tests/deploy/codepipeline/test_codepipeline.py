"""deploy/codepipeline: its parameters, its stack on moto with each resource asserted, and what its builds do."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest

pytest.importorskip("cfnlint", reason="cfn-lint comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from deploy.codepipeline import build as command
from deploy.functions import code_of
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
from handlers import FOLDER as LAMBDAS
from moto_over_http import BUCKET, REGION


@pytest.fixture
def build(aws, tmp_path, capsys):
    """Run build.py stack; its exit code, and the parameters, or what it said."""
    codepipeline_stack.versioned_bucket(aws, ARTIFACTS)

    def run(**decided):
        code = codepipeline_stack.write(tmp_path, **decided)
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if code == 0 else printed.err

    return run


@pytest.fixture
def raw_data(aws):
    """The bucket of the training data."""
    codepipeline_stack.versioned_bucket(aws, DATA["DataBucket"])


@pytest.fixture
def resources(build, raw_data):
    """Logical id -> resource, of what build.py has written."""
    return lambda **decided: codepipeline_stack.resources(build(**decided)[1]["parameters"])


def stages(resources):
    return {one["Name"]: {a["Name"]: a for a in one["Actions"]} for one in resources["CodePipeline"]["Stages"]}


def test_the_functions_code_is_where_the_template_looks_for_it(aws, build, tmp_path):
    code, found = build()

    assert code == 0
    parameters = found["parameters"]
    assert codepipeline_stack.written_stack(tmp_path) == parameters
    for folder in FUNCTIONS.values():
        key = f"{parameters['FunctionsS3Prefix']}/{folder}.zip"
        content = aws.client("s3").get_object(Bucket=ARTIFACTS, Key=key)["Body"].read()
        assert content == code_of(folder)
        assert "deploy/codepipeline_job.py" in zipfile.ZipFile(io.BytesIO(content)).namelist() or "confirm" in folder
    assert build()[1] == found, "the same again is the same"


@pytest.mark.parametrize(
    ("decided", "words"),
    [
        ({"BranchNam": "main"}, "BranchNam is no parameter of the template; did you mean 'BranchName'?"),
        ({"ModelRepository": ""}, "ModelRepository has to be given"),
        ({"MaxTrainingMinutes": "2"}, "MaxTrainingMinutes is '2'; MinValue is 5"),
        ({"DataBucket": "raw-data"}, "DataBucket and DataKey go together"),
        ({"ImageFolder": "image"}, "ImageFolder and ImageBase go together"),
        ({"DataBucket": BUCKET, "DataKey": "a.csv"}, "keeps no versions, which CodePipeline asks for: aws s3api"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_sent(aws, build, tmp_path, decided, words):
    code, said = build(**decided)

    assert (code, words in said) == (2, True), said
    assert not tmp_path.joinpath(EXPORT).exists()
    assert ("s3", "PutObject") not in aws.calls


@pytest.mark.usefixtures("raw_data")
def test_the_bucket_of_the_data_tells_eventbridge_and_goes_on_telling_others(aws, build):
    s3, topic = aws.client("s3"), aws.client("sns").create_topic(Name="told")["TopicArn"]
    told = {"TopicConfigurations": [{"Id": "a", "TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket=DATA["DataBucket"], NotificationConfiguration=told)

    assert build(**DATA)[1]["bucket"] == "tells EventBridge of new files"

    found = s3.get_bucket_notification_configuration(Bucket=DATA["DataBucket"])
    assert found["TopicConfigurations"][0]["TopicArn"] == topic


@pytest.mark.parametrize("logical", FUNCTIONS)
def test_a_functions_role_may_do_what_its_folder_says(resources, logical):
    folder = FUNCTIONS[logical]
    names = {
        "Partition": "aws", "Region": REGION, "Account": ACCOUNT, "Bucket": BUCKET, "Endpoints": "shells-*",
        "Function": f"codepipeline-shells-{command.FUNCTIONS[folder]}", "Group": NAME,
        "CodePipelineArn": f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{NAME}",
        **{f"PipelineArn{spelt}": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{NAME}" for spelt in SPELT},
        **{f"VersionsArn{spelt}": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{NAME}/*" for spelt in SPELT},
    }  # fmt: skip
    names["KmsKeyArn"] = key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/a-key"
    said = json.loads(LAMBDAS.joinpath(folder, "policy.json").read_text())["Statement"]
    expected = [
        {**one, "Resource": {re.sub(r"\$\{(\w+)\}", lambda found: names[found[1]], text) for text in one["Resource"]}}
        for one in said
    ]

    (policy,) = resources(KmsKeyArn=key)[f"{logical}Role"]["Policies"]

    found = [{**one, "Resource": set(one["Resource"])} for one in policy["PolicyDocument"]["Statement"]]
    assert sorted(found, key=lambda one: one["Sid"]) == sorted(expected, key=lambda one: one["Sid"])


SPELT = ("", "InLowerCase")


def test_no_job_can_approve_its_own_model():
    """Roles of jobs may ask functions whose names begin with sagemaker-, as SageMaker's own policy has it."""
    named = [
        one["Properties"]["FunctionName"] for one in load(str(TEMPLATE))["Resources"].values() if one["Type"] == LAMBDA
    ]

    assert len(named) == len(FUNCTIONS)
    assert all(one["Fn::Sub"].startswith("codepipeline-") for one in named)


LAMBDA = "AWS::Lambda::Function"


def test_each_part_is_there_where_it_is_asked_for_alone(resources):
    plain, whole = resources(), resources(**DATA, **CODECOMMIT, **IMAGE)

    assert [*stages(plain)["Source"]] == ["Model"]
    assert [*stages(whole)["Source"]] == ["Model", "Etl", "Tests", "Data"]
    assert {one["ActionTypeId"]["Provider"] for one in stages(whole)["Source"].values()} == {"CodeCommit", "S3"}
    assert whole.keys() - plain.keys() == {
        "BuildImage", "BuildImageRole", "Images", "DataHaveCome", "CodeHasCome",
    }  # fmt: skip
    built = stages(whole)["Build"]["Pipeline"]
    assert [one["Name"] for one in built["InputArtifacts"]] == ["Model", "Etl", "Tests"]
    (variable,) = json.loads(built["Configuration"]["EnvironmentVariables"])
    assert (variable["name"], variable["value"]) == ("MORE_KWARGS", '"training_image_uri": "#{Image.IMAGE_URI}"')
    asked = stages(whole)["Train"]["Submit"]["Configuration"]["UserParameters"]
    assert json.loads(asked)["Parameters"]["InputDataUrl"] == "s3://raw-data/abalone.csv"
    assert json.loads(stages(plain)["Train"]["Submit"]["Configuration"]["UserParameters"]) == {"Parameters": {}}


def test_functions_get_the_code_of_a_commit_that_has_passed_its_tests_by_a_role_of_their_own(resources):
    found = resources(**IMAGE)
    order = {name: int(action["RunOrder"]) for name, action in stages(found)["Build"].items()}

    assert order["Image"] < order["Pipeline"] < order["Functions"]
    for logical, role in {"BuildFunctions": "BuildFunctionsRole", "BuildImage": "BuildImageRole"}.items():
        assert found[logical]["ServiceRole"].endswith(f"role/{role}")
    assert "lambda:UpdateFunctionCode" not in json.dumps(iam_helper.policy("ci", dict.fromkeys(CI, "x")))


CI = (
    "Partition", "Region", "Account", "Bucket", "Pipelines", "PipelinesInLowerCase", "Group", "GroupInLowerCase",
    "ExecutionRole", "ArtifactBucket",
)  # fmt: skip


def test_artifacts_are_where_no_job_may_write(build, tmp_path, monkeypatch):
    monkeypatch.setattr(codepipeline_stack, "ARTIFACTS", BUCKET)

    code, said = build()

    assert (code, "has to be another one than --s3-bucket, where jobs may write" in said) == (2, True), said


def test_every_wait_has_an_end_and_nothing_polls(resources):
    found = resources(**DATA, **CODECOMMIT)

    for stage in stages(found).values():
        for action in stage.values():
            is_approval = action["ActionTypeId"]["Category"] == "Approval"
            assert ("TimeoutInMinutes" in action) is is_approval, action["Name"]
            assert action["Configuration"].get("PollForSourceChanges", "false") == "false"
    rules = [one for one in found.values() if one["Type"] == "AWS::Events::Rule"]
    assert len(rules) == 4
    assert not any("ScheduleExpression" in one for one in rules)


def test_variables_are_of_actions_that_come_before_and_no_namespace_is_an_artifact(resources):
    known = {"codepipeline"}
    actions = [a for stage in stages(resources(**DATA, **CODECOMMIT, **IMAGE)).values() for a in stage.values()]
    artifacts = {one["Name"] for action in actions for one in action.get("OutputArtifacts", ())}
    assert not artifacts & {action["Namespace"] for action in actions if "Namespace" in action}
    for stage in resources(**DATA, **CODECOMMIT, **IMAGE)["CodePipeline"]["Stages"]:
        for action in sorted(stage["Actions"], key=lambda one: int(one.get("RunOrder", 1))):
            used = set(re.findall(r"#\{(\w+)\.", json.dumps(action["Configuration"])))
            assert used <= known, action["Name"]
            known.add(action.get("Namespace", "codepipeline"))


def camel(document):
    """CloudFormation's properties as the service's own API has them."""
    if isinstance(document, dict):
        return {
            name[0].lower() + name[1:]: value if name == "Configuration" else camel(value)
            for name, value in document.items()
        }
    return [camel(one) for one in document] if isinstance(document, list) else document


@pytest.mark.usefixtures("raw_data")
@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")  # moto's, of what it passes over
@pytest.mark.parametrize("decided", [{}, {**DATA, **CODECOMMIT, **IMAGE}], ids=["plain", "whole"])
def test_a_stack_is_made_and_each_of_its_resources_is_there(aws, build, decided):
    """moto makes what it can of a template, and passes over the rest, which is made by the services' own API here."""
    parameters = build(**decided)[1]["parameters"]
    stacks = aws.client("cloudformation")
    listed = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    stacks.create_stack(
        StackName="shells", TemplateBody=TEMPLATE.read_text(), Parameters=listed, Capabilities=["CAPABILITY_IAM"]
    )

    there = {
        one["LogicalResourceId"] for one in stacks.list_stack_resources(StackName="shells")["StackResourceSummaries"]
    }
    wanted = codepipeline_stack.resources(parameters)
    passed_over = {"AWS::CodePipeline::Pipeline", "AWS::CodeBuild::Project", "AWS::CloudWatch::Alarm"}
    assert {name for name, one in wanted.items() if one["Type"] not in passed_over} <= there
    client = aws.client("lambda")
    for logical, folder in FUNCTIONS.items():
        found = client.get_function(FunctionName=attributes()[logical])["Configuration"]
        assert found["Timeout"] == int(wanted[logical]["Timeout"]), folder
    rules = {one["Name"]: one for one in aws.client("events").list_rules()["Rules"]}
    for one in wanted.values():
        if one["Type"] == "AWS::Events::Rule":
            targets = aws.client("events").list_targets_by_rule(Rule=one["Name"])["Targets"]
            assert len(targets) == 1 and json.loads(rules[one["Name"]]["EventPattern"]) == one["EventPattern"]
    if decided:
        assert aws.client("ecr").describe_repositories()["repositories"][0]["imageTagMutability"] == "IMMUTABLE"
    _make_the_rest(aws, wanted)


def _make_the_rest(aws, wanted):
    iam = aws.client("iam")
    service = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    role = iam.create_role(RoleName="of-codepipeline", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    builds = [one for one in wanted.values() if one["Type"] == "AWS::CodeBuild::Project"]
    for one in builds:
        made = camel({name: value for name, value in one.items() if name not in ("Type", "TimeoutInMinutes")})
        # moto wants places, which artifacts of CodePipeline's have none of.
        made["source"] = {"type": "CODEPIPELINE", "buildspec": made["source"]["buildSpec"], "location": "none"}
        made["artifacts"]["location"] = "none"
        made["environment"]["privilegedMode"] = bool(made["environment"].get("privilegedMode"))
        aws.client("codebuild").create_project(**made)
        assert (ROOT / made["source"]["buildspec"]).is_file()
    assert len(aws.client("codebuild").list_projects()["projects"]) == len(builds)
    pipeline = {name: value for name, value in wanted["CodePipeline"].items() if name not in ("Type", "Tags")}
    declared = camel(pipeline | {"RoleArn": role})
    for stage in declared["stages"]:
        for action in stage["actions"]:
            for number in ("runOrder", "timeoutInMinutes"):
                action |= {number: int(action[number])} if number in action else {}
    aws.client("codepipeline").create_pipeline(pipeline=declared)
    found = aws.client("codepipeline").get_pipeline(name=NAME)["pipeline"]
    assert [one["name"] for one in found["stages"]] == ["Source", "Build", "Train", "Staging", "Production"]
