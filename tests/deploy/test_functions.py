"""Tests pipelines function with moto as AWS: it creates or updates a function and its narrow role, or leaves them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile

from deploy.functions import CODEPIPELINE_ACTIONS, function_archive

import pytest
from moto_over_http import REGION
from paths import PYTHONPATH
from warm import program

NAME, FUNCTION = "get_approved_model", "sagemaker-get-approved-model"
ACCOUNT = "123456789012"  # moto's own


@pytest.fixture
def function(tmp_path):
    """Run the subcommand; return the completed process."""

    def run(*arguments):
        return subprocess.run(
            [*program("local_sagemaker.tools.commands"), "function", *arguments],
            capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )  # fmt: skip

    return run


@pytest.fixture
def iam(aws):
    return aws.client("iam")


@pytest.fixture
def arn(iam):
    """Create an existing role for functions; return its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return iam.create_role(RoleName="mine", AssumeRolePolicyDocument=document)["Role"]["Arn"]


def test_a_function_is_created_with_a_role_that_has_the_needed_permissions(aws, function, iam):
    done = function(NAME, "--group", "Shells")

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["action"] == "created"
    assert result["function_arn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION}"
    configuration = aws.client("lambda").get_function(FunctionName=FUNCTION)["Configuration"]
    assert (configuration["Handler"], configuration["Timeout"], configuration["Role"]) == (
        "handler.lambda_handler",
        60,
        result["role_arn"],
    )
    role = iam.get_role(RoleName=f"{FUNCTION}-role")["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=FUNCTION)["PolicyDocument"]
    allowed = {action: statement["Resource"] for statement in document["Statement"] for action in statement["Action"]}
    assert allowed["sagemaker:ListModelPackages"] == [
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{resource}"
        for resource in (
            "model-package-group/Shells", "model-package-group/shells", "model-package/Shells/*",
            "model-package/shells/*",
        )
    ]  # fmt: skip
    assert set(allowed) == {
        "sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage",
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
    }  # fmt: skip
    assert not any(resource == "*" for resources in allowed.values() for resource in resources)


def test_only_differences_are_updated(aws, function):
    assert function(NAME, "--group", "Shells").returncode == 0
    assert json.loads(function(NAME, "--group", "Shells").stdout)["action"] == "none, as it is the same"

    client = aws.client("lambda")
    client.update_function_code(FunctionName=FUNCTION, ZipFile=b"PK\x05\x06" + bytes(18))
    client.update_function_configuration(FunctionName=FUNCTION, Timeout=3)

    assert json.loads(function(NAME, "--group", "Shells").stdout)["action"] == "updated: code and settings"
    assert client.get_function(FunctionName=FUNCTION)["Configuration"]["Timeout"] == 60
    assert json.loads(function(NAME, "--group", "Shells").stdout)["action"] == "none, as it is the same"


def test_another_group_updates_the_policy(function, iam):
    function(NAME, "--group", "Shells")
    function(NAME, "--group", "Shells", "Clams")

    policy = iam.get_role_policy(RoleName=f"{FUNCTION}-role", PolicyName=FUNCTION)["PolicyDocument"]
    assert f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/Clams/*" in policy["Statement"][0]["Resource"]


def test_an_existing_role_is_used_unchanged(aws, function, arn):
    aws.calls.clear()

    assert json.loads(function(NAME, "--role-arn", arn).stdout)["role_arn"] == arn
    assert not [operation for service, operation in aws.calls if service == "iam"]


def test_a_function_has_its_own_time_and_memory_and_the_modules_next_to_its_handler(aws, function, arn):
    assert function("test_endpoint", "--role-arn", arn).returncode == 0

    configuration = aws.client("lambda").get_function(FunctionName="sagemaker-test-endpoint")["Configuration"]
    assert (configuration["Timeout"], configuration["MemorySize"]) == (900, 512)
    names = zipfile.ZipFile(io.BytesIO(function_archive("test_endpoint"))).namelist()
    assert {"handler.py", "quality.py"} <= set(names)


def test_a_boundary_limits_the_created_role(function, iam):
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/limits"

    assert function(NAME, "--group", "Shells", "--permissions-boundary", boundary).returncode == 0

    role = iam.get_role(RoleName=f"{FUNCTION}-role")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


def test_creation_waits_until_the_new_role_is_known_everywhere(aws, function):
    message = "The role defined for the function cannot be assumed by Lambda."
    aws.errors["CreateFunction"] = [("InvalidParameterValueException", message, 400)]

    assert json.loads(function(NAME, "--group", "Shells").stdout)["action"] == "created"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["get_aproved_model", "--group", "A"], "did you mean 'get_approved_model'"),
        ([NAME], "give either --group"),
        ([NAME, "--group", "A", "--role-arn", "arn:aws:iam::1:role/a"], "give either --group"),
    ],
)
def test_wrong_use_is_an_error_before_any_call(aws, function, arguments, message):
    done = function(*arguments)

    assert done.returncode == 2
    assert message in done.stderr
    assert not aws.calls


def test_on_this_machine_there_is_nothing_to_deploy(function, tmp_path):
    from local_sagemaker.account import open_account

    open_account(tmp_path / "root")
    done = function(NAME, "--group", "A", "--local", "root")

    assert done.returncode == 2
    assert "in local.toml, [functions]" in done.stderr


def test_the_archive_runs_without_the_installed_project(tmp_path):
    content = function_archive(NAME)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path)
    code = "import handler; print(sorted(handler.BASELINES))"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
    )

    assert done.stdout.strip() == "['DataQuality', 'ModelQuality']", done.stderr
    assert names == {
        "handler.py", "pipelines/__init__.py", "pipelines/model_package.py",
        "model_monitor/__init__.py", "model_monitor/monitor_error.py", "model_monitor/lifecycle.py",
    }  # fmt: skip
    assert function_archive(NAME) == content


@pytest.mark.parametrize("name", sorted(CODEPIPELINE_ACTIONS))
def test_an_action_of_codepipeline_is_not_deployed_under_a_name_that_jobs_may_invoke(aws, function, arn, name):
    done = function(name, "--role-arn", arn)

    assert done.returncode == 2
    assert f"{name} is an action of CodePipeline, so its stack deploys it" in done.stderr
    assert not aws.client("lambda").list_functions()["Functions"]


def test_a_functions_role_may_use_the_given_bucket_and_key(function, iam):
    key = "arn:aws:kms:eu-west-1:123456789012:key/a-key"

    assert "find_capture needs --bucket" in function("find_capture", "--group", "Shells").stderr
    done = function("find_capture", "--bucket", "a-bucket-of-mine", "--kms-key", key)

    assert done.returncode == 0, done.stderr
    role = {"RoleName": "sagemaker-find-capture-role", "PolicyName": "sagemaker-find-capture"}
    document = iam.get_role_policy(**role)["PolicyDocument"]
    resources = {statement["Sid"]: statement["Resource"] for statement in document["Statement"]}
    assert resources["FindCapture"] == ["arn:aws:s3:::a-bucket-of-mine"]
    assert resources["UseTheKey"] == [key]


@pytest.mark.parametrize("name", ["dispatch_workflow", "make_repository"])
def test_a_function_that_needs_more_values_is_left_to_its_template_and_no_role_is_created(function, iam, name):
    done = function(name, "--group", "Shells")

    assert done.returncode == 2
    assert f"{name} also needs Secret" in done.stderr
    assert "see deploy/README.md" in done.stderr
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["jobs"]
