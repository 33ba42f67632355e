"""Send the pipeline to AWS, which moto mimics: check what is uploaded, created and updated, and what is refused."""

from __future__ import annotations

import json

from local_sagemaker.definition.graph import graph_of
from local_sagemaker.tools.command_errors import UsageError
from pipelines.abalone.pipeline import get_pipeline

import pytest

REGION = "us-east-1"
BUCKET = "a-bucket-of-mine"


@pytest.fixture
def role(aws_session):
    statement = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    response = aws_session.client("iam").create_role(RoleName="jobs", AssumeRolePolicyDocument=trust)
    return response["Role"]["Arn"]


def test_upsert_uploads_the_code_and_creates_the_pipeline_then_updates_it(aws_session, role):
    pipeline = get_pipeline(REGION, role, BUCKET, session=aws_session)

    pipeline.upsert(description="first", tags=[{"Key": "team", "Value": "shells"}])
    pipeline.upsert(description="second")

    description = aws_session.client("sagemaker").describe_pipeline(PipelineName="AbalonePipeline")
    assert description["PipelineDescription"] == "second"
    assert description["RoleArn"] == role
    assert description["PipelineDefinition"] == pipeline.definition()
    keys = {entry["Key"] for entry in aws_session.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]}
    for step in graph_of(description["PipelineDefinition"]).steps.values():
        for entry in step.arguments.get("ProcessingInputs", ()):
            if entry["InputName"] in ("code", "analysis_config"):
                assert entry["S3Input"]["S3Uri"].removeprefix(f"s3://{BUCKET}/") in keys
    assert len(keys) == 7, "two scripts, a configuration for each of three checks, and two for monitoring"


def test_an_upsert_compiles_the_pipeline_once(aws_session, role, monkeypatch):
    pipeline, compile_calls = get_pipeline(REGION, role, BUCKET, session=aws_session), []
    compile_ = pipeline._compile
    monkeypatch.setattr(pipeline, "_compile", lambda: compile_calls.append(True) or compile_())

    pipeline.upsert()  # looks for existing uploads, uploads, and creates
    assert len(compile_calls) == 1
    pipeline.upsert()  # updates
    assert len(compile_calls) == 2

    pipeline.steps = pipeline.steps[:1]
    assert len(json.loads(pipeline.definition())["Steps"]) == 1, "afterwards the pipeline may be changed"


def test_a_role_that_sagemaker_may_not_assume_is_refused(aws_session):
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = aws_session.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    with pytest.raises(UsageError, match=r"role/other' cannot be used.*trust policy does not allow 'sagemaker"):
        get_pipeline(REGION, role, BUCKET, session=aws_session).upsert()


@pytest.mark.parametrize("arguments", [{}, {"default_bucket": BUCKET}, {"role": "arn:aws:iam::123456789012:role/jobs"}])
def test_placeholders_are_never_sent_to_aws(aws_session, arguments):
    pipeline = get_pipeline(REGION, **arguments, session=aws_session)

    with pytest.raises(UsageError, match="give get_pipeline a role and a default_bucket"):
        pipeline.upsert()

    assert aws_session.client("sagemaker").list_pipelines()["PipelineSummaries"] == []
    assert "Contents" not in aws_session.client("s3").list_objects_v2(Bucket=BUCKET)


def test_an_earlier_local_session_does_not_answer_calls_to_aws(aws_session, role, session):
    get_pipeline(REGION, session=session).upsert()

    get_pipeline(REGION, role, BUCKET, session=aws_session).upsert()

    assert len(session.client("sagemaker").list_pipelines()["PipelineSummaries"]) == 1
    assert len(aws_session.client("sagemaker").list_pipelines()["PipelineSummaries"]) == 1
