"""Checks the least-privilege policies: exactly sufficient for each actor, with reasons; and the roles with them."""

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
        *(f"pipelines {subcommand}" for subcommand in (
            "list", "show", "logs", "stop", "models", "show --violations", "baseline", "retry", "clean --delete",
        )),
    ],
    "approver": ["pipelines approve", "pipelines reject", "pipelines models"],
    "ci": [name for name in CALLS if name.startswith("run-pipeline")],
}  # fmt: skip
#: Calls that a command can do without, or that need no permission.
NOT_NEEDED = {"sts:GetCallerIdentity"}


PRIVILEGED_ACTIONS = ["iam:PutRolePolicy", "iam:CreateRole", "iam:AttachRolePolicy", "*", "iam:*", "sts:AssumeRole"]


def actions(document):
    return {action for statement in document["Statement"] for action in statement["Action"]}


@pytest.fixture(params=ACTORS)
def actor(request):
    return request.param


def test_there_is_a_policy_for_each_actor():
    assert tuple(iam_helper.actors()) == ACTORS


def test_every_action_exists_and_cfn_lint_finds_nothing(actor):
    document = iam_helper.policy(actor, VALUES)
    existing = {action.lower() for action in get_all_actions()}
    managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    matches = lint_all(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Policy": managed}}))

    assert {action for action in actions(document) if action.lower() not in existing} == set()
    assert not [f"{match.rule.id} {match.message}" for match in matches if match.rule.id[0] in "EW"]


def test_every_statement_has_its_reason_and_every_reason_its_statement(actor):
    reasons = json.loads((FOLDER / "reasons.json").read_text())
    document = iam_helper.policy(actor, VALUES)

    assert reasons.keys() == set(ACTORS)
    assert [statement["Sid"] for statement in document["Statement"]] == list(reasons[actor])


def test_wildcard_resources_are_only_for_actions_that_cannot_be_limited(actor):
    """Compare with policy-sentry's table of actions."""
    from policy_sentry.querying.actions import get_action_data

    for statement in iam_helper.policy(actor, VALUES)["Statement"]:
        for action in statement["Action"] if statement["Resource"] == ["*"] else ():
            service, _, name = action.partition(":")
            (entry,) = [
                data for data in get_action_data(service, name)[service] if data["action"].lower() == action.lower()
            ]
            assert entry["resource_arn_format"] == "*", action


@pytest.mark.parametrize("name", RUNS)
def test_an_actor_may_make_the_calls_of_its_commands(name):
    calls = needed_actions(call for command in RUNS[name] for call in CALLS[command]) - NOT_NEEDED
    renamed = {"s3:DeleteObjects": "s3:DeleteObject"}

    assert {renamed.get(call, call) for call in calls} <= actions(iam_helper.policy(name, VALUES))


def test_statements_without_a_value_are_removed(actor):
    document = iam_helper.policy(actor, VALUES | {"KmsKeyArn": "", "DataBucket": "", "ArtifactBucket": ""})

    assert not re.search("kms|raw-data|artifacts", json.dumps(document))
    assert "${" not in json.dumps(document)


@pytest.mark.parametrize(
    ("name", "action", "resource", "foreign"),
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
def test_a_policy_reaches_the_project_and_nothing_else(name, action, resource, foreign):
    statements = [s for s in iam_helper.policy(name, VALUES)["Statement"] if action in s["Action"]]
    patterns = [re.escape(arn).replace(r"\*", ".*") for statement in statements for arn in statement["Resource"]]

    def may(tail):
        service = "iam:" if action.startswith("iam:") else f"sagemaker:{REGION}"
        return any(re.fullmatch(pattern, f"arn:aws:{service}:123456789012:{tail}") for pattern in patterns)

    assert resource is None or may(resource)
    assert not may(foreign)


@pytest.mark.parametrize(("engine", "has_endpoints"), [("sagemaker", True), ("project", False)])
def test_the_projects_own_checks_need_no_permission_for_endpoints(capsys, engine, has_endpoints):
    names = "--role-name jobs --bucket b --pipelines Shells --group Shells --execution-role jobs"

    assert iam_helper.main(["pipeline-execution", *names.split(), "--check-engine", engine, "--dry-run"]) == 0

    assert ("sagemaker:CreateEndpoint" in actions(json.loads(capsys.readouterr().out))) == has_endpoints


def test_the_jobs_may_resolve_baselines():
    needed = {"sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage", "s3:GetObject"}

    assert needed <= actions(iam_helper.policy("pipeline-execution", VALUES | {"ClarifyEndpoints": ""}))


def test_a_job_may_only_register_versions_that_wait_for_approval():
    document = iam_helper.policy("pipeline-execution", VALUES)
    (statement,) = [s for s in document["Statement"] if "sagemaker:CreateModelPackage" in s["Action"]]

    assert statement["Condition"] == {
        "StringEqualsIfExists": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
    }


@pytest.mark.parametrize("action", PRIVILEGED_ACTIONS)
def test_a_policy_with_which_a_role_could_extend_its_permissions_is_rejected(action):
    document = {"Statement": [{"Sid": "Raise", "Effect": "Allow", "Action": [action], "Resource": ["*"]}]}

    with pytest.raises(UsageError, match=r"statement Raise allows .*, with which a role could extend its permissions"):
        iam_helper.check_privileges(document)


@pytest.fixture
def apply_role(aws):
    """Return a function that creates or updates a role, and returns the actions taken."""
    session = boto3.Session(region_name=REGION)

    def run(name, role="shells-role", trust=None, **changed):
        looked_up = ("Partition", "Region", "Account")
        values = {key: value for key, value in (VALUES | changed).items() if key not in looked_up}
        return iam_helper.apply_role(session, name, role, values, trust or {"AWS": "arn:aws:iam::123456789012:root"})[
            "done"
        ]

    return run


def test_a_role_is_created_updated_or_left_unchanged(aws, apply_role):
    assert apply_role("data-scientist") == ["created", "policy"]
    assert apply_role("data-scientist") == ["nothing, as it is up to date"]
    assert apply_role("data-scientist", Bucket="another-bucket") == ["policy"]
    assert apply_role("data-scientist", Bucket="another-bucket", trust={"Service": "sagemaker.amazonaws.com"}) == [
        "trust"
    ]

    role = aws.client("iam").get_role(RoleName="shells-role")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert role["Description"] == "data-scientist of Shells*"
    document = aws.client("iam").get_role_policy(RoleName="shells-role", PolicyName=iam_helper.POLICY_NAME)[
        "PolicyDocument"
    ]
    assert "another-bucket" in json.dumps(document)


def test_nobody_changes_their_own_role(aws, apply_role):
    """The session of these tests has the role ``jobs``."""
    before = aws.client("iam").get_role(RoleName="jobs")["Role"]["AssumeRolePolicyDocument"]

    with pytest.raises(UsageError, match="works as jobs; nobody may change their own permissions"):
        apply_role("pipeline-execution", role="jobs")

    assert aws.client("iam").get_role(RoleName="jobs")["Role"]["AssumeRolePolicyDocument"] == before
    assert aws.client("iam").list_role_policies(RoleName="jobs")["PolicyNames"] == []


def test_the_samples_role_has_the_functions_policy(aws):
    session = boto3.Session(region_name=REGION)

    arn = iam_helper.create_lambda_role("Lambda-SageMaker-GetModelRole", session, ["Shells"])
    assert iam_helper.create_lambda_role("Lambda-SageMaker-GetModelRole", session, ["Shells"]) == arn

    policy = aws.client("iam").get_role_policy(RoleName=arn.rpartition("/")[2], PolicyName=iam_helper.POLICY_NAME)
    assert actions(policy["PolicyDocument"]) == {
        "sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage",
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
    }  # fmt: skip


@pytest.fixture
def works_as(aws, apply_role):
    """Return a function that opens a session with an actor's role, and makes the account enforce policies."""

    def auth(count):
        connection = HTTPConnection(urlsplit(aws.moto).netloc)
        connection.request("POST", "/moto-api/reset-auth", count)
        connection.getresponse().read()
        connection.close()

    def session(name):
        apply_role(name)
        client, policy = aws.client("iam"), {"RoleName": "shells-role", "PolicyName": iam_helper.POLICY_NAME}
        document = client.get_role_policy(**policy)["PolicyDocument"]
        for statement in document["Statement"]:  # moto supports only resources of S3, and denies statements with others
            if not statement["Action"][0].startswith("s3:"):
                statement["Resource"] = ["*"]
        client.put_role_policy(**policy, PolicyDocument=json.dumps(document))
        arn = client.get_role(RoleName="shells-role")["Role"]["Arn"]
        keys = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="somebody")["Credentials"]
        auth("0")
        return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)

    yield session
    auth("inf")


DEFINITION = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": []})


def is_denied(call, **arguments):
    """Return whether AWS denies a call."""
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied", "403"), error
        return True
    return False


@pytest.mark.parametrize("name", ["data-scientist", "ci", "approver"])
def test_with_enforced_policies_an_actor_can_do_its_work_and_nothing_else(aws, works_as, name):
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="Shells")
    version = client.create_model_package(ModelPackageGroupName="Shells")["ModelPackageArn"]
    session = works_as(name)
    own, s3 = session.client("sagemaker"), session.client("s3")
    role = f"arn:aws:iam::{VALUES['Account']}:role/jobs"
    makes, decides = name in ("data-scientist", "ci"), name == "approver"

    pipeline = {"PipelineName": "ShellsTraining", "RoleArn": role, "PipelineDefinition": DEFINITION}
    assert is_denied(own.create_pipeline, **pipeline) is not makes
    if makes:
        assert not is_denied(own.start_pipeline_execution, PipelineName="ShellsTraining")
        assert not is_denied(own.list_pipeline_executions, PipelineName="ShellsTraining")
        assert not is_denied(s3.put_object, Bucket=BUCKET, Key="code/a.py", Body=b"1")
    assert not is_denied(own.list_model_packages, ModelPackageGroupName="Shells")
    approval = {"ModelPackageArn": version, "ModelApprovalStatus": "Approved"}
    assert is_denied(own.update_model_package, **approval) is not decides
    assert is_denied(own.delete_pipeline, PipelineName="ShellsTraining") is (name != "data-scientist")
    assert is_denied(s3.get_object, Bucket="another-bucket", Key="a")
    assert is_denied(session.client("iam").create_role, RoleName="administrator", AssumeRolePolicyDocument="{}")
    assert is_denied(own.create_endpoint, EndpointName="e", EndpointConfigName="c")


def test_the_deployment_role_creates_endpoints_and_nothing_else(aws, works_as):
    role = f"arn:aws:iam::{VALUES['Account']}:role/jobs"
    model = {"ModelName": "Model-1", "ExecutionRoleArn": role, "PrimaryContainer": {"Image": "an-image"}}
    variant = {"VariantName": "v", "ModelName": "Model-1", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    session = works_as("deployment")
    own = session.client("sagemaker")

    assert not is_denied(own.create_model, **model)
    assert not is_denied(own.create_endpoint_config, EndpointConfigName="Config-1", ProductionVariants=[variant])
    assert not is_denied(own.create_endpoint, EndpointName="Shells-prod", EndpointConfigName="Config-1")
    assert is_denied(own.create_pipeline, PipelineName="ShellsTraining", RoleArn=role, PipelineDefinition=DEFINITION)
    assert is_denied(own.update_model_package, ModelPackageArn=f"arn:aws:sagemaker:{REGION}:1:model-package/shells/1")
    assert is_denied(session.client("s3").get_object, Bucket=BUCKET, Key="a")
    assert is_denied(session.client("iam").create_role, RoleName="administrator", AssumeRolePolicyDocument="{}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ci", "--trust-arn", "arn:x"], "ci is assumed by codebuild.amazonaws.com; remove --trust-arn"),
        (["data-scientist"], "data-scientist is assumed by users; give --trust-arn, the principal"),
    ],
)
def test_the_principal_is_required_unless_a_service_assumes_the_role(capsys, arguments, message):
    required = ["--role-name", "r", "--bucket", "b-b", "--pipelines", "P", "--group", "G", "--execution-role", "j"]

    assert iam_helper.main([*arguments, *required]) == 2
    assert message in capsys.readouterr().err


def test_the_page_has_a_reason_for_each_statement(request):
    reasons = json.loads((FOLDER / "reasons.json").read_text())
    page = FOLDER / "README.md"
    text = page.read_text().partition(MARK)[0] + MARK
    for name in ACTORS:
        text += f"\n## {name}\n\n| statement | why | actions |\n|---|---|---|\n"
        for statement in json.loads((FOLDER / f"{name}.json").read_text())["Statement"]:
            sid, listed = statement["Sid"], ", ".join(f"`{action}`" for action in statement["Action"])
            text += f"| `{sid}` | {reasons[name][sid]} | {listed} |\n"

    if request.config.getoption("--rewrite-golden"):
        page.write_text(text)
    assert page.read_text() == text
