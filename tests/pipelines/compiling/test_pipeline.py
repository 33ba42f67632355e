"""The pipeline against AWS, as moto stands for it: what is uploaded, created and updated, and what is refused."""

from __future__ import annotations

import json

from local_sagemaker.definition.graph import graph_of
from local_sagemaker.tools.command_errors import UsageError
from pipelines.abalone.pipeline import get_pipeline

import pytest

REGION = "us-east-1"
BUCKET = "a-bucket-of-mine"


@pytest.fixture
def role(on_aws):
    trusted = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    created = on_aws.client("iam").create_role(RoleName="jobs", AssumeRolePolicyDocument=trust)
    return created["Role"]["Arn"]


def test_an_upsert_uploads_the_code_and_creates_then_updates(on_aws, role):
    pipeline = get_pipeline(REGION, role, BUCKET, session=on_aws)

    pipeline.upsert(description="first", tags=[{"Key": "team", "Value": "shells"}])
    pipeline.upsert(description="second")

    described = on_aws.client("sagemaker").describe_pipeline(PipelineName="AbalonePipeline")
    assert described["PipelineDescription"] == "second"
    assert described["RoleArn"] == role
    assert described["PipelineDefinition"] == pipeline.definition()
    keys = {entry["Key"] for entry in on_aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]}
    for step in graph_of(described["PipelineDefinition"]).steps.values():
        for entry in step.arguments.get("ProcessingInputs", ()):
            if entry["InputName"] in ("code", "analysis_config"):
                assert entry["S3Input"]["S3Uri"].removeprefix(f"s3://{BUCKET}/") in keys
    assert len(keys) == 7, "two scripts, a configuration for each of three checks, and for monitoring by two"


def test_it_is_compiled_once_however_often_the_sdk_asks(on_aws, role, monkeypatch):
    pipeline, compiled = get_pipeline(REGION, role, BUCKET, session=on_aws), []
    compile_ = pipeline._compile
    monkeypatch.setattr(pipeline, "_compile", lambda: compiled.append(True) or compile_())

    pipeline.upsert()  # which looks for what is there, uploads, creates
    assert len(compiled) == 1
    pipeline.upsert()  # and updates
    assert len(compiled) == 2

    pipeline.steps = pipeline.steps[:1]
    assert len(json.loads(pipeline.definition())["Steps"]) == 1, "afterwards it may be changed"


def test_a_role_that_sagemaker_may_not_assume_is_refused(on_aws):
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = on_aws.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    with pytest.raises(UsageError, match=r"role/other' cannot be used.*trust policy does not allow 'sagemaker"):
        get_pipeline(REGION, role, BUCKET, session=on_aws).upsert()


@pytest.mark.parametrize("arguments", [{}, {"default_bucket": BUCKET}, {"role": "arn:aws:iam::123456789012:role/jobs"}])
def test_placeholders_never_reach_an_account_of_awss(on_aws, arguments):
    pipeline = get_pipeline(REGION, **arguments, session=on_aws)

    with pytest.raises(UsageError, match="give get_pipeline a role and a default_bucket"):
        pipeline.upsert()

    assert on_aws.client("sagemaker").list_pipelines()["PipelineSummaries"] == []
    assert "Contents" not in on_aws.client("s3").list_objects_v2(Bucket=BUCKET)


def test_a_session_that_was_local_before_does_not_answer_for_aws(on_aws, role, session):
    get_pipeline(REGION, session=session).upsert()

    get_pipeline(REGION, role, BUCKET, session=on_aws).upsert()

    assert len(session.client("sagemaker").list_pipelines()["PipelineSummaries"]) == 1
    assert len(on_aws.client("sagemaker").list_pipelines()["PipelineSummaries"]) == 1
