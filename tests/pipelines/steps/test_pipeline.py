"""The pipeline against AWS, as moto stands for it: what is uploaded, created and updated, and what is refused."""

from __future__ import annotations

import json

from local_sagemaker.definition.parse import parse
from pipelines.abalone.pipeline import get_pipeline
from pipelines.errors import UsageError

import boto3
import moto
import pytest

REGION = "us-east-1"
BUCKET = "a-bucket-of-mine"


@pytest.fixture
def aws(monkeypatch):
    """A session of an account of AWS's."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with moto.mock_aws():
        session = boto3.Session(region_name=REGION)
        session.client("s3").create_bucket(Bucket=BUCKET)
        yield session


@pytest.fixture
def role(aws):
    trusted = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    created = aws.client("iam").create_role(RoleName="jobs", AssumeRolePolicyDocument=trust)
    return created["Role"]["Arn"]


def test_an_upsert_uploads_the_code_and_creates_then_updates(aws, role):
    pipeline = get_pipeline(REGION, role, BUCKET, session=aws)

    pipeline.upsert(description="first", tags=[{"Key": "team", "Value": "shells"}])
    pipeline.upsert(description="second")

    described = aws.client("sagemaker").describe_pipeline(PipelineName="AbalonePipeline")
    assert described["PipelineDescription"] == "second"
    assert described["RoleArn"] == role
    assert described["PipelineDefinition"] == pipeline.definition()
    keys = {entry["Key"] for entry in aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]}
    for step in parse(described["PipelineDefinition"]).steps.values():
        for entry in step.arguments.get("ProcessingInputs", ()):
            if entry["InputName"] == "code":
                assert entry["S3Input"]["S3Uri"].removeprefix(f"s3://{BUCKET}/") in keys
    assert len(keys) == 2


def test_a_role_that_sagemaker_may_not_assume_is_refused(aws):
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = aws.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    with pytest.raises(UsageError, match=r"role/other' cannot be used.*trust policy does not allow 'sagemaker"):
        get_pipeline(REGION, role, BUCKET, session=aws).upsert()


@pytest.mark.parametrize("arguments", [{}, {"default_bucket": BUCKET}, {"role": "arn:aws:iam::123456789012:role/jobs"}])
def test_placeholders_never_reach_an_account_of_awss(aws, arguments):
    pipeline = get_pipeline(REGION, **arguments, session=aws)

    with pytest.raises(UsageError, match="give get_pipeline a role and a default_bucket"):
        pipeline.upsert()

    assert aws.client("sagemaker").list_pipelines()["PipelineSummaries"] == []
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket=BUCKET)


def test_a_session_that_was_local_before_does_not_answer_for_aws(aws, role, session):
    get_pipeline(REGION, session=session).upsert()

    get_pipeline(REGION, role, BUCKET, session=aws).upsert()

    assert len(session.client("sagemaker").list_pipelines()["PipelineSummaries"]) == 1
    assert len(aws.client("sagemaker").list_pipelines()["PipelineSummaries"]) == 1
