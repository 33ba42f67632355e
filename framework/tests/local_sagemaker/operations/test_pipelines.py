from __future__ import annotations

import json

from local_sagemaker.definition.lint import all_rules
from local_sagemaker.testing import ROLE, create, processing_step, start, wait_for_end

import pytest
from botocore.exceptions import ClientError

DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [],
    "Steps": [{"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "over"}}],
}


def test_a_pipeline_is_created_described_updated_listed_and_deleted(client, session):
    create(session, DEFINITION, "One")
    client.update_pipeline(PipelineName="One", PipelineDescription="changed")

    described = client.describe_pipeline(PipelineName="One")

    assert described["PipelineDescription"] == "changed"
    assert json.loads(described["PipelineDefinition"])["Steps"] == DEFINITION["Steps"]
    assert [p["PipelineName"] for p in client.list_pipelines()["PipelineSummaries"]] == ["One"]
    client.delete_pipeline(PipelineName="One")
    with pytest.raises(ClientError, match="'One' does not exist"):
        client.describe_pipeline(PipelineName="One")


def test_a_definition_may_come_from_s3(client, session):
    session.client("s3").put_object(Bucket="bucket", Key="definition.json", Body=json.dumps(DEFINITION).encode())

    client.create_pipeline(
        PipelineName="One",
        RoleArn=ROLE,
        PipelineDefinitionS3Location={"Bucket": "bucket", "ObjectKey": "definition.json"},
    )

    assert client.describe_pipeline(PipelineName="One")["PipelineDefinition"] == json.dumps(DEFINITION)


def test_a_duplicate_name_raises_the_error_that_the_sdk_parses(client, session):
    create(session, DEFINITION, "One")

    with pytest.raises(ClientError, match="names must be unique within an AWS account and region") as raised:
        create(session, DEFINITION, "One")

    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_a_definition_that_cannot_run_is_refused_and_changes_nothing(client, session):
    create(session, DEFINITION, "One")

    with pytest.raises(ClientError, match="not JSON"):
        client.update_pipeline(PipelineName="One", PipelineDefinition="{")

    assert json.loads(client.describe_pipeline(PipelineName="One")["PipelineDefinition"])


def test_tags_are_merged(client, session):
    create(session, DEFINITION, "One")
    arn = client.describe_pipeline(PipelineName="One")["PipelineArn"]

    client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])

    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]


def test_deleting_a_pipeline_leaves_a_model_package_group_of_the_same_name(client, session):
    create(session, DEFINITION, "Same")
    client.create_model_package_group(ModelPackageGroupName="Same")
    client.create_model_package(ModelPackageGroupName="Same")

    client.delete_pipeline(PipelineName="Same")

    assert len(client.list_model_packages(ModelPackageGroupName="Same")["ModelPackageSummaryList"]) == 1


def test_a_pipeline_with_a_running_execution_is_not_deleted(client, session):
    step = processing_step("Sleep", session, "import time; time.sleep(60)")
    arn = start(session, create(session, {"Steps": [step]}))

    with pytest.raises(ClientError, match="has a running execution"):
        client.delete_pipeline(PipelineName="Testing")

    client.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert wait_for_end(session, arn).status == "Stopped"
    client.delete_pipeline(PipelineName="Testing")
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_pipeline_execution(PipelineExecutionArn=arn)


def test_a_token_that_was_used_before_returns_the_pipeline_of_then(client):
    request = {"PipelineName": "One", "RoleArn": ROLE, "PipelineDefinition": json.dumps(DEFINITION)}
    first = client.create_pipeline(**request, ClientRequestToken="t" * 32)

    assert client.create_pipeline(**request, ClientRequestToken="t" * 32)["PipelineArn"] == first["PipelineArn"]
    with pytest.raises(ClientError, match="must be unique"):
        client.create_pipeline(**request, ClientRequestToken="u" * 32)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda client: client.describe_processing_job(ProcessingJobName="../../x"), "must have the form"),
        (lambda client: client.delete_training_job(TrainingJobName="a/b"), "must have the form"),
        (lambda client: client.describe_pipeline(PipelineName="../x"), "must have the form"),
        (
            lambda client: client.describe_pipeline(
                PipelineName="arn:aws:sagemaker:us-east-1:111122223333:pipeline/One"
            ),
            "is not a pipeline of this account",
        ),
    ],
)
def test_a_name_must_be_a_name_of_this_account(client, session, call, message):
    create(session, DEFINITION, "One")

    with pytest.raises(ClientError, match=message):
        call(client)


@pytest.mark.parametrize("rule", ["incomparable", "input-from-nowhere", "wrong-pattern"])
def test_what_aws_rejects_only_when_it_runs_is_accepted_in_a_pipeline_and_refused_at_its_start(client, session, rule):
    create(session, all_rules()[rule].BAD, "One")

    with pytest.raises(ClientError, match=rf"StartPipelineExecution.*\({rule}\)"):
        client.start_pipeline_execution(PipelineName="One")
