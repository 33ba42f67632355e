"""Tests the hooks into boto3: real clients are answered here, and no request leaves the machine."""

from __future__ import annotations

import io
import os
import subprocess

import local_sagemaker.session
from local_sagemaker.hooks import LeavesTheMachine

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from warm import COLD


def test_a_missing_operation_is_named(client):
    with pytest.raises(ClientError, match=r"sagemaker\.create_endpoint does not exist on this machine") as raised:
        client.create_endpoint(EndpointName="e", EndpointConfigName="c")

    assert raised.value.response["Error"]["Code"] == "NotImplementedHere"


def test_an_unsupported_member_is_named_and_not_dropped(client):
    with pytest.raises(ClientError, match="describe_pipeline does not support PipelineVersionId here"):
        client.describe_pipeline(PipelineName="p", PipelineVersionId=1)


def test_botocore_still_validates_requests(client):
    with pytest.raises(ParamValidationError):
        client.describe_pipeline(PipelineName=7)


def test_a_request_that_no_handler_answers_is_not_sent(session):
    client = session.client("sagemaker")
    client.meta.events.unregister("before-call.sagemaker")
    request = client._endpoint  # the guard is on the request itself
    with pytest.raises(LeavesTheMachine, match="would leave this machine"):
        client.meta.events.emit_until_response(
            "before-send.sagemaker.ListPipelines",
            request=type("Request", (), {"method": "POST", "url": str(request.host)})(),
        )


def test_two_roots_are_separate(tmp_path):
    first, second = (local_sagemaker.session.open(tmp_path / name) for name in ("a", "b"))

    first.client("s3").put_object(Bucket="bucket", Key="key", Body=b"first")

    assert first.client("s3").list_objects_v2(Bucket="bucket")["KeyCount"] == 1
    assert second.client("s3").list_objects_v2(Bucket="bucket")["KeyCount"] == 0


@pytest.mark.usefixtures("without_profile")
def test_other_sessions_of_the_process_are_not_hooked(session):
    calls = []
    foreign = boto3.Session(region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
    foreign.events.register("before-send", lambda request, **_: calls.append(request.url) or _reply())

    foreign.client("sts").get_caller_identity()

    assert calls == ["https://sts.us-east-1.amazonaws.com/"]


def _reply():
    from botocore.awsrequest import AWSResponse

    body = b"<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"
    raw = io.BytesIO(body)
    raw.stream = lambda **_: iter([body])
    return AWSResponse("https://sts", 200, {}, raw)


def test_a_users_profile_and_region_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")

    session = local_sagemaker.session.open(tmp_path)

    assert session.client("sts").get_caller_identity()["Account"] == "000000000000"
    assert session.client("sagemaker").meta.region_name == "us-east-1"


USES = """
import boto3, local_sagemaker.session, sys
local_sagemaker.session.use(sys.argv[1])
boto3.client("s3").put_object(Bucket="bucket", Key="key", Body=b"abc")
print(boto3.Session().client("s3").get_object(Bucket="bucket", Key="key")["Body"].read().decode(), end=" ")
print(boto3.Session().region_name, boto3.resource("s3").Object("bucket", "key").content_length)
"""


def test_every_session_of_a_process_can_be_local(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    done = subprocess.run([COLD, "-c", USES, tmp_path / "root"], capture_output=True, text=True, env=environment)

    assert done.stdout == "abc us-east-1 3\n", done.stderr


def test_a_role_is_recorded(session):
    iam = session.client("iam")
    created = iam.create_role(RoleName="mine", AssumeRolePolicyDocument="{}", Description="of a notebook")["Role"]
    iam.attach_role_policy(RoleName="mine", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    iam.put_role_policy(RoleName="mine", PolicyName="more", PolicyDocument="{}")

    assert iam.get_role(RoleName="mine")["Role"]["Arn"] == created["Arn"]
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        iam.create_role(RoleName="mine", AssumeRolePolicyDocument="{}")
