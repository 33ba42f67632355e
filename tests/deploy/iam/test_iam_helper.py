"""Policies of least privilege: enough for each actor, no more, with a reason each; and the roles made of them."""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from paths import ROOT

pytest.importorskip("policy_sentry", reason="policy-sentry comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from deploy.iam import iam_helper
from local_sagemaker.tools.command_errors import UsageError

import boto3
from botocore.exceptions import ClientError
from cfnlint.api import lint_all
from moto_over_http import BUCKET, REGION
from permissions import needed_actions
from policy_sentry.querying.all import get_all_actions

FOLDER = ROOT / "deploy" / "iam"
ACTORS = ("approver", "ci", "data-scientist", "deployment", "pipeline-execution", "schedule")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/a-key"
VALUES = {
    "Partition": "aws", "Region": REGION, "Account": "123456789012", "Bucket": BUCKET, "Pipelines": "Shells",
    "PipelinesInLowerCase": "shells", "Group": "Shells", "GroupInLowerCase": "shells", "ExecutionRole": "jobs",
    "KmsKeyArn": KEY, "DataBucket": "raw-data", "ArtifactBucket": "artifacts",
    "ClarifyEndpoints": iam_helper.CLARIFY_ENDPOINTS,
}  # fmt: skip
MARK = "\n<!-- From here on made of the files: pytest tests/deploy/iam/test_iam_helper.py --rewrite-golden -->\n"
CALLS = json.loads((ROOT / "tests" / "aws_calls.json").read_text())
#: Actor -> the commands that it runs.
RUNS = {
    "data-scientist": [
        *(name for name in CALLS if name.startswith("run-pipeline")),
        *(f"pipelines {verb}" for verb in (
            "list", "show", "logs", "stop", "models", "show --violations", "baseline", "retry", "clean --delete",
        )),
    ],
    "approver": ["pipelines approve", "pipelines reject", "pipelines models"],
    "ci": [name for name in CALLS if name.startswith("run-pipeline")],
}  # fmt: skip
#: What a command asks for without which it works, or that needs no permission.
NOT_NEEDED = {"sts:GetCallerIdentity"}


RAISING = ["iam:PutRolePolicy", "iam:CreateRole", "iam:AttachRolePolicy", "*", "iam:*", "sts:AssumeRole"]


def actions(document):
    return {action for statement in document["Statement"] for action in statement["Action"]}


@pytest.fixture(params=ACTORS)
def actor(request):
    return request.param


def test_there_is_a_policy_for_each_actor():
    assert tuple(iam_helper.actors()) == ACTORS


def test_every_action_is_one_and_cfn_lint_finds_nothing(actor):
    document = iam_helper.policy(actor, VALUES)
    known = {one.lower() for one in get_all_actions()}
    managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    found = lint_all(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Policy": managed}}))

    assert {one for one in actions(document) if one.lower() not in known} == set()
    assert not [f"{one.rule.id} {one.message}" for one in found if one.rule.id[0] in "EW"]


def test_every_statement_has_its_reason_and_every_reason_its_statement(actor):
    reasons = json.loads((FOLDER / "reasons.json").read_text())
    document = iam_helper.policy(actor, VALUES)

    assert reasons.keys() == set(ACTORS)
    assert [one["Sid"] for one in document["Statement"]] == list(reasons[actor])


def test_what_is_everything_knows_no_resource(actor):
    """Of policy-sentry's table of actions: those that a wildcard stands for can have no other."""
    from policy_sentry.querying.actions import get_action_data

    for statement in iam_helper.policy(actor, VALUES)["Statement"]:
        for action in statement["Action"] if statement["Resource"] == ["*"] else ():
            service, _, name = action.partition(":")
            (found,) = [
                one for one in get_action_data(service, name)[service] if one["action"].lower() == action.lower()
            ]
            assert found["resource_arn_format"] == "*", action


@pytest.mark.parametrize("name", RUNS)
def test_an_actor_may_make_the_calls_of_its_commands(name):
    calls = needed_actions(call for command in RUNS[name] for call in CALLS[command]) - NOT_NEEDED
    renamed = {"s3:DeleteObjects": "s3:DeleteObject"}

    assert {renamed.get(one, one) for one in calls} <= actions(iam_helper.policy(name, VALUES))


def test_statements_about_what_is_not_there_go(actor):
    document = iam_helper.policy(actor, VALUES | {"KmsKeyArn": "", "DataBucket": "", "ArtifactBucket": ""})

    assert not re.search("kms|raw-data|artifacts", json.dumps(document))
    assert "${" not in json.dumps(document)


@pytest.mark.parametrize(
    ("name", "action", "resource", "other"),
    [
        ("data-scientist", "sagemaker:StartPipelineExecution", "pipeline/ShellsTraining", "pipeline/OthersTraining"),
        ("data-scientist", "iam:PassRole", "role/jobs", "role/administrator"),
        ("data-scientist", "sagemaker:UpdateModelPackage", None, "model-package/shells/1"),
        ("approver", "sagemaker:UpdateModelPackage", "model-package/shells/1", "model-package/others/1"),
        ("approver", "sagemaker:StartPipelineExecution", None, "pipeline/Shells"),
        ("ci", "sagemaker:DeletePipeline", None, "pipeline/Shells"),
        ("deployment", "sagemaker:UpdateEndpoint", "endpoint/Shells-prod", "endpoint/others-prod"),
        ("deployment", "iam:PassRole", "role/jobs", "role/administrator"),
        ("schedule", "sagemaker:StartPipelineExecution", "pipeline/ShellsMonitor", "pipeline/OthersMonitor"),
        ("deployment", "sagemaker:UpdateModelPackage", None, "model-package/shells/1"),
        ("pipeline-execution", "sagemaker:UpdateModelPackage", None, "model-package/shells/1"),
        ("deployment", "sagemaker:CreateEndpoint", "endpoint-config/Config-1", "endpoint/others-prod"),
        ("pipeline-execution", "sagemaker:CreateModelPackage", "model-package/Shells/1", "model-package/others/1"),
    ],
)
def test_it_reaches_the_project_and_nothing_beside_it(name, action, resource, other):
    found = [one for one in iam_helper.policy(name, VALUES)["Statement"] if action in one["Action"]]
    patterns = [re.escape(one).replace(r"\*", ".*") for statement in found for one in statement["Resource"]]

    def may(tail):
        service = "iam:" if action.startswith("iam:") else f"sagemaker:{REGION}"
        return any(re.fullmatch(one, f"arn:aws:{service}:123456789012:{tail}") for one in patterns)

    assert resource is None or may(resource)
    assert not may(other)


@pytest.mark.parametrize(("engine", "has_endpoints"), [("sagemaker", True), ("project", False)])
def test_the_projects_own_checks_need_no_right_to_endpoints(capsys, engine, has_endpoints):
    names = "--role-name jobs --bucket b --pipelines Shells --group Shells --execution-role jobs"

    assert iam_helper.main(["pipeline-execution", *names.split(), "--check-engine", engine, "--dry-run"]) == 0

    assert ("sagemaker:CreateEndpoint" in actions(json.loads(capsys.readouterr().out))) == has_endpoints


def test_the_jobs_may_resolve_baselines():
    asked = {"sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage", "s3:GetObject"}

    assert asked <= actions(iam_helper.policy("pipeline-execution", VALUES | {"ClarifyEndpoints": ""}))


def test_a_job_registers_what_waits_for_approval_and_nothing_else():
    document = iam_helper.policy("pipeline-execution", VALUES)
    (statement,) = [one for one in document["Statement"] if "sagemaker:CreateModelPackage" in one["Action"]]

    assert statement["Condition"] == {
        "StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
    }


@pytest.mark.parametrize("action", RAISING)
def test_a_policy_by_which_a_role_could_raise_rights_is_refused(action):
    document = {"Statement": [{"Sid": "Raise", "Effect": "Allow", "Action": [action], "Resource": ["*"]}]}

    with pytest.raises(UsageError, match=r"statement Raise allows .*, by which a role could raise rights"):
        iam_helper.refuse_raising(document)


@pytest.fixture
def make(aws):
    """Make a role, by the command's own words; what was done."""
    session = boto3.Session(region_name=REGION)

    def run(name, role="shells-role", trust=None, **changed):
        found_out = ("Partition", "Region", "Account")
        given = {key: value for key, value in (VALUES | changed).items() if key not in found_out}
        return iam_helper.make(session, name, role, given, trust or {"AWS": "arn:aws:iam::123456789012:root"})["done"]

    return run


def test_a_role_is_made_brought_up_to_date_and_left_alone_where_it_is_so(aws, make):
    assert make("data-scientist") == ["created", "policy"]
    assert make("data-scientist") == ["nothing, as it is so"]
    assert make("data-scientist", Bucket="another-bucket") == ["policy"]
    assert make("data-scientist", Bucket="another-bucket", trust={"Service": "sagemaker.amazonaws.com"}) == ["trust"]

    role = aws.client("iam").get_role(RoleName="shells-role")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert role["Description"] == "data-scientist of Shells*"
    document = aws.client("iam").get_role_policy(RoleName="shells-role", PolicyName=iam_helper.POLICY)["PolicyDocument"]
    assert "another-bucket" in json.dumps(document)


def test_nobody_changes_the_role_that_they_work_as(aws, make):
    """The session of these tests works as ``jobs``."""
    before = aws.client("iam").get_role(RoleName="jobs")["Role"]["AssumeRolePolicyDocument"]

    with pytest.raises(UsageError, match="works as jobs: nobody changes their own rights"):
        make("pipeline-execution", role="jobs")

    assert aws.client("iam").get_role(RoleName="jobs")["Role"]["AssumeRolePolicyDocument"] == before
    assert aws.client("iam").list_role_policies(RoleName="jobs")["PolicyNames"] == []


def test_the_samples_role_of_the_function_is_made_of_the_functions_policy(aws):
    session = boto3.Session(region_name=REGION)

    arn = iam_helper.create_lambda_role("Lambda-SageMaker-GetModelRole", session, ["Shells"])
    assert iam_helper.create_lambda_role("Lambda-SageMaker-GetModelRole", session, ["Shells"]) == arn

    found = aws.client("iam").get_role_policy(RoleName=arn.rpartition("/")[2], PolicyName=iam_helper.POLICY)
    assert actions(found["PolicyDocument"]) == {
        "sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage",
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
    }  # fmt: skip


@pytest.fixture
def works_as(aws, make):
    """A session of whoever works as an actor, in an account that enforces policies from then on."""

    def auth(count):
        connection = HTTPConnection(urlsplit(aws.moto).netloc)
        connection.request("POST", "/moto-api/reset-auth", count)
        connection.getresponse().read()
        connection.close()

    def session(name):
        make(name)
        client, there = aws.client("iam"), {"RoleName": "shells-role", "PolicyName": iam_helper.POLICY}
        document = client.get_role_policy(**there)["PolicyDocument"]
        for statement in document["Statement"]:  # moto knows resources of S3 alone, and denies what names others
            if not statement["Action"][0].startswith("s3:"):
                statement["Resource"] = ["*"]
        client.put_role_policy(**there, PolicyDocument=json.dumps(document))
        arn = client.get_role(RoleName="shells-role")["Role"]["Arn"]
        found = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="somebody")["Credentials"]
        auth("0")
        return boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], region_name=REGION)

    yield session
    auth("inf")


DEFINITION = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": []})


def refused(call, **given):
    """Whether AWS denies a call."""
    try:
        call(**given)
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied", "403"), error
        return True
    return False


@pytest.mark.parametrize("name", ["data-scientist", "ci", "approver"])
def test_an_account_that_enforces_policies_lets_an_actor_do_its_work_and_nothing_else(aws, works_as, name):
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="Shells")
    version = client.create_model_package(ModelPackageGroupName="Shells")["ModelPackageArn"]
    session = works_as(name)
    own, s3 = session.client("sagemaker"), session.client("s3")
    role = f"arn:aws:iam::{VALUES['Account']}:role/jobs"
    makes, decides = name in ("data-scientist", "ci"), name == "approver"

    pipeline = {"PipelineName": "ShellsTraining", "RoleArn": role, "PipelineDefinition": DEFINITION}
    assert refused(own.create_pipeline, **pipeline) is not makes
    if makes:
        assert not refused(own.start_pipeline_execution, PipelineName="ShellsTraining")
        assert not refused(own.list_pipeline_executions, PipelineName="ShellsTraining")
        assert not refused(s3.put_object, Bucket=BUCKET, Key="code/a.py", Body=b"1")
    assert not refused(own.list_model_packages, ModelPackageGroupName="Shells")
    approval = {"ModelPackageArn": version, "ModelApprovalStatus": "Approved"}
    assert refused(own.update_model_package, **approval) is not decides
    assert refused(own.delete_pipeline, PipelineName="ShellsTraining") is (name != "data-scientist")
    assert refused(s3.get_object, Bucket="another-bucket", Key="a")
    assert refused(session.client("iam").create_role, RoleName="administrator", AssumeRolePolicyDocument="{}")
    assert refused(own.create_endpoint, EndpointName="e", EndpointConfigName="c")


def test_who_deploys_makes_endpoints_and_nothing_else(aws, works_as):
    role = f"arn:aws:iam::{VALUES['Account']}:role/jobs"
    model = {"ModelName": "Model-1", "ExecutionRoleArn": role, "PrimaryContainer": {"Image": "an-image"}}
    variant = {"VariantName": "v", "ModelName": "Model-1", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    session = works_as("deployment")
    own = session.client("sagemaker")

    assert not refused(own.create_model, **model)
    assert not refused(own.create_endpoint_config, EndpointConfigName="Config-1", ProductionVariants=[variant])
    assert not refused(own.create_endpoint, EndpointName="Shells-prod", EndpointConfigName="Config-1")
    assert refused(own.create_pipeline, PipelineName="ShellsTraining", RoleArn=role, PipelineDefinition=DEFINITION)
    assert refused(own.update_model_package, ModelPackageArn=f"arn:aws:sagemaker:{REGION}:1:model-package/shells/1")
    assert refused(session.client("s3").get_object, Bucket=BUCKET, Key="a")
    assert refused(session.client("iam").create_role, RoleName="administrator", AssumeRolePolicyDocument="{}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ci", "--trust-arn", "arn:x"], "ci is assumed by codebuild.amazonaws.com, so it takes no --trust-arn"),
        (["data-scientist"], "data-scientist is assumed by people: --trust-arn says by whom"),
    ],
)
def test_who_may_assume_a_role_is_asked_for_where_it_is_no_service(capsys, words, said):
    needed_words = ["--role-name", "r", "--bucket", "b-b", "--pipelines", "P", "--group", "G", "--execution-role", "j"]

    assert iam_helper.main([*words, *needed_words]) == 2
    assert said in capsys.readouterr().err


def test_the_page_says_why_each_statement_is_there(request):
    reasons = json.loads((FOLDER / "reasons.json").read_text())
    page = FOLDER / "README.md"
    made = page.read_text().partition(MARK)[0] + MARK
    for name in ACTORS:
        made += f"\n## {name}\n\n| statement | why | actions |\n|---|---|---|\n"
        for one in json.loads((FOLDER / f"{name}.json").read_text())["Statement"]:
            made += f"| `{one['Sid']}` | {reasons[name][one['Sid']]} | {', '.join(f'`{a}`' for a in one['Action'])} |\n"

    if request.config.getoption("--rewrite-golden"):
        page.write_text(made)
    assert page.read_text() == made
