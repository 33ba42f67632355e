"""pipelines function, against AWS as moto stands for it: a function and its narrow role, created, updated or left."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile

from deploy.functions import OF_CODEPIPELINE, code_of

import pytest
from moto_over_http import REGION
from paths import PYTHONPATH
from warm import program

NAME, FUNCTION = "get_approved_model", "sagemaker-get-approved-model"
ACCOUNT = "123456789012"  # moto's own


@pytest.fixture
def function(tmp_path):
    """Run the verb; how it ended."""

    def run(*words):
        return subprocess.run(
            [*program("local_sagemaker.tools.commands"), "function", *words],
            capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )  # fmt: skip

    return run


@pytest.fixture
def iam(aws):
    return aws.client("iam")


@pytest.fixture
def arn(iam):
    """A role of the account's own that functions may have."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return iam.create_role(RoleName="mine", AssumeRolePolicyDocument=document)["Role"]["Arn"]


def test_it_is_created_with_a_role_that_may_do_what_it_needs(aws, function, iam):
    done = function(NAME, "--group", "Shells")

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["action"] == "created"
    assert result["function_arn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION}"
    made = aws.client("lambda").get_function(FunctionName=FUNCTION)["Configuration"]
    assert (made["Handler"], made["Timeout"], made["Role"]) == ("handler.lambda_handler", 60, result["role_arn"])
    role = iam.get_role(RoleName=f"{FUNCTION}-role")["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=FUNCTION)["PolicyDocument"]
    allowed = {action: one["Resource"] for one in document["Statement"] for action in one["Action"]}
    assert allowed["sagemaker:ListModelPackages"] == [
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}"
        for kind in (
            "model-package-group/Shells", "model-package-group/shells", "model-package/Shells/*",
            "model-package/shells/*",
        )
    ]  # fmt: skip
    assert set(allowed) == {
        "sagemaker:ListModelPackages", "sagemaker:DescribeModelPackage",
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
    }  # fmt: skip
    assert not any(resource == "*" for resources in allowed.values() for resource in resources)


def test_what_is_the_same_is_left_alone_and_what_is_not_is_updated(aws, function):
    assert function(NAME, "--group", "Shells").returncode == 0
    assert json.loads(function(NAME, "--group", "Shells").stdout)["action"] == "none, as it is the same"

    client = aws.client("lambda")
    client.update_function_code(FunctionName=FUNCTION, ZipFile=b"PK\x05\x06" + bytes(18))
    client.update_function_configuration(FunctionName=FUNCTION, Timeout=3)

    assert json.loads(function(NAME, "--group", "Shells").stdout)["action"] == "updated: code and settings"
    assert client.get_function(FunctionName=FUNCTION)["Configuration"]["Timeout"] == 60
    assert json.loads(function(NAME, "--group", "Shells").stdout)["action"] == "none, as it is the same"


def test_another_group_renews_the_policy(function, iam):
    function(NAME, "--group", "Shells")
    function(NAME, "--group", "Shells", "Clams")

    policy = iam.get_role_policy(RoleName=f"{FUNCTION}-role", PolicyName=FUNCTION)["PolicyDocument"]
    assert f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/Clams/*" in policy["Statement"][0]["Resource"]


def test_a_role_that_is_there_is_taken_as_it_is(aws, function, arn):
    aws.calls.clear()

    assert json.loads(function(NAME, "--role-arn", arn).stdout)["role_arn"] == arn
    assert not [operation for service, operation in aws.calls if service == "iam"]


def test_a_function_that_needs_more_time_and_memory_has_it_and_what_lies_beside_its_handler(aws, function, arn):
    assert function("test_endpoint", "--role-arn", arn).returncode == 0

    made = aws.client("lambda").get_function(FunctionName="sagemaker-test-endpoint")["Configuration"]
    assert (made["Timeout"], made["MemorySize"]) == (900, 512)
    names = zipfile.ZipFile(io.BytesIO(code_of("test_endpoint"))).namelist()
    assert {"handler.py", "quality.py"} <= set(names)


def test_a_boundary_limits_the_role_that_is_made(function, iam):
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/limits"

    assert function(NAME, "--group", "Shells", "--permissions-boundary", boundary).returncode == 0

    role = iam.get_role(RoleName=f"{FUNCTION}-role")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


def test_a_role_that_is_not_known_everywhere_yet_is_waited_for(aws, function):
    words = "The role defined for the function cannot be assumed by Lambda."
    aws.refusals["CreateFunction"] = [("InvalidParameterValueException", words, 400)]

    assert json.loads(function(NAME, "--group", "Shells").stdout)["action"] == "created"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["get_aproved_model", "--group", "A"], "did you mean 'get_approved_model'"),
        ([NAME], "give --group"),
        ([NAME, "--group", "A", "--role-arn", "arn:aws:iam::1:role/a"], "give --group"),
    ],
)
def test_wrong_use(aws, function, words, said):
    done = function(*words)

    assert done.returncode == 2
    assert said in done.stderr
    assert not aws.calls


def test_on_this_machine_there_is_nothing_to_deploy(function, tmp_path):
    from local_sagemaker.account import open_account

    open_account(tmp_path / "root")
    done = function(NAME, "--group", "A", "--local", "root")

    assert done.returncode == 2
    assert "[functions] in local.toml" in done.stderr


def test_the_archive_runs_where_the_project_is_not_installed(tmp_path):
    content = code_of(NAME)
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
    assert code_of(NAME) == content


@pytest.mark.parametrize("name", sorted(OF_CODEPIPELINE))
def test_an_action_of_codepipeline_is_not_deployed_where_a_job_may_ask_it(aws, function, arn, name):
    done = function(name, "--role-arn", arn)

    assert done.returncode == 2
    assert f"{name} is an action of CodePipeline: its stack deploys it" in done.stderr
    assert not aws.client("lambda").list_functions()["Functions"]


def test_a_function_that_works_in_a_bucket_is_told_of_it_and_of_its_key(function, iam):
    key = "arn:aws:kms:eu-west-1:123456789012:key/a-key"

    assert "find_capture needs --bucket" in function("find_capture", "--group", "Shells").stderr
    done = function("find_capture", "--bucket", "a-bucket-of-mine", "--kms-key", key)

    assert done.returncode == 0, done.stderr
    role = {"RoleName": "sagemaker-find-capture-role", "PolicyName": "sagemaker-find-capture"}
    document = iam.get_role_policy(**role)["PolicyDocument"]
    resources = {one["Sid"]: one["Resource"] for one in document["Statement"]}
    assert resources["FindCapture"] == ["arn:aws:s3:::a-bucket-of-mine"]
    assert resources["UseTheKey"] == [key]


@pytest.mark.parametrize("name", ["dispatch_workflow", "make_repository"])
def test_one_that_has_to_be_told_more_than_a_group_is_left_to_its_template_and_no_role_is_made(function, iam, name):
    done = function(name, "--group", "Shells")

    assert done.returncode == 2
    assert f"{name} has to be told more (Secret)" in done.stderr
    assert "see deploy/README.md" in done.stderr
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["jobs"]
