"""Tests the function that starts pipelines for new files: which pipeline, with which files, and only once."""

from __future__ import annotations

import json
import time

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

import aws_events
import boto3
import permissions
from botocore.config import Config
from botocore.exceptions import ClientError
from handlers import load_handler
from moto_over_http import BUCKET, REGION

NAMES = ("InputDataUrl", "GroundTruthUrl", "GroundTruthAvailable", "BadRows", "MseThreshold")
DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [{"Name": name, "Type": "String", "DefaultValue": ""} for name in NAMES],
    "Steps": [],
}
SETTINGS = {
    "TRAINING_PIPELINE": "Training", "INFERENCE_PIPELINE": "Batch", "TRAINING_PREFIX": "shells/training/",
    "INFERENCE_PREFIX": "shells/batches/", "TRUTH_PREFIX": "shells/ground-truth/",
    "TRAINING_PARAMETERS": json.dumps({"MseThreshold": "5"}), "INFERENCE_PARAMETERS": json.dumps({"BadRows": "Drop"}),
}  # fmt: skip


@pytest.fixture
def put(aws):
    """Return a function that puts an object, and returns its event."""

    def write(key, body=b"1,2"):
        aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return aws_events.object_event(BUCKET, key, len(body))

    return write


@pytest.fixture
def ask(aws):
    """Return a function that passes events to the handler and returns its result; ``starts`` records its starts."""
    handler = load_handler("start_pipeline")
    role = f"arn:aws:iam::{aws_events.ACCOUNT}:role/jobs"
    for name in ("Training", "Batch"):
        aws.client("sagemaker").create_pipeline(
            PipelineName=name, RoleArn=role, PipelineDefinition=json.dumps(DEFINITION)
        )
    retries = Config(retries={"mode": "standard", "max_attempts": 4})
    session = boto3.Session(region_name=REGION)
    clients = handler.Clients(session.client("sagemaker", config=retries), session.client("s3", config=retries))
    starts = []
    clients.sagemaker.meta.events.register(
        "provide-client-params.sagemaker.StartPipelineExecution", lambda params, **_: starts.append(dict(params))
    )

    def run(event, **changed):
        return handler.lambda_handler(event, None, clients, SETTINGS | changed)

    run.starts, run.handler = starts, handler
    return run


def parameters(start):
    return {parameter["Name"]: parameter["Value"] for parameter in start["PipelineParameters"]}


def test_new_training_data_start_a_training_with_all_files_there(put, ask):
    put("shells/training/a.csv")

    result = ask(put("shells/training/new.csv"))

    (start,) = ask.starts
    assert result == {"started": True, "execution_arn": result["execution_arn"]}
    assert start["PipelineName"] == "Training"
    assert parameters(start) == {"MseThreshold": "5", "InputDataUrl": f"s3://{BUCKET}/shells/training/"}
    assert start["PipelineExecutionDescription"] == f"s3://{BUCKET}/shells/training/new.csv was uploaded"


def test_a_new_batch_is_scored_by_itself(put, ask):
    put("shells/batches/monday.csv")

    ask(put("shells/batches/tuesday.csv"))

    (start,) = ask.starts
    assert start["PipelineName"] == "Batch"
    assert parameters(start) == {"BadRows": "Drop", "InputDataUrl": f"s3://{BUCKET}/shells/batches/tuesday.csv"}


def test_ground_truth_is_compared_with_the_scores_of_the_batch_of_its_name(put, ask):
    put("shells/batches/2026/monday.csv")

    ask(put("shells/ground-truth/2026/monday.csv"))

    (start,) = ask.starts
    assert parameters(start) == {
        "BadRows": "Drop", "InputDataUrl": f"s3://{BUCKET}/shells/batches/2026/monday.csv",
        "GroundTruthAvailable": "true", "GroundTruthUrl": f"s3://{BUCKET}/shells/ground-truth/2026/monday.csv",
    }  # fmt: skip


@pytest.mark.parametrize("batch", ["shells/batches/monday.csv.gz", "shells/batches/sunday.csv"])
def test_ground_truth_waits_for_its_batch_and_is_compared_when_that_is_uploaded(put, ask, batch):
    put(batch)

    result = ask(put("shells/ground-truth/monday.csv"))
    assert result["started"] is False
    assert "waits for its batch" in result["reason"]
    assert not ask.starts

    ask(put("shells/batches/monday.csv"))
    assert parameters(ask.starts[0])["GroundTruthUrl"] == f"s3://{BUCKET}/shells/ground-truth/monday.csv"


def tokens(ask):
    return [start["ClientRequestToken"] for start in ask.starts]


def test_a_repeated_event_has_the_same_token_and_a_new_upload_another(put, ask):
    event = put("shells/batches/monday.csv")
    ask(event)
    ask(event)
    time.sleep(1.1)  # S3's times are in whole seconds
    ask(put("shells/batches/monday.csv"))

    first, again, new = tokens(ask)
    assert first == again != new


def test_a_batch_and_its_ground_truth_that_are_uploaded_together_start_one_execution(put, ask):
    events = [put("shells/ground-truth/monday.csv"), put("shells/batches/monday.csv")]
    for event in events:
        ask(event)

    assert len(set(tokens(ask))) == 1
    assert parameters(ask.starts[0]) == parameters(ask.starts[1])


def test_only_the_newest_of_several_new_files_starts_a_training(put, ask):
    events = [put(f"shells/training/{name}.csv") for name in ("a", "b", "c")]

    results = [ask(event) for event in reversed(events)]

    assert [result["started"] for result in results] == [True, False, False]
    assert results[1]["reason"] == f"s3://{BUCKET}/shells/training/c.csv is newer, and starts Training itself"


@pytest.mark.parametrize("key", ["elsewhere/new.csv", "shells/batches/", "shells/training-2/new.csv"])
def test_other_files_start_nothing(put, ask, key):
    result = ask(put(key))

    assert result == {"started": False, "reason": f"s3://{BUCKET}/{key} is not for any pipeline"}
    assert not ask.starts


@pytest.mark.parametrize("member", ["bucket", "object"])
def test_an_event_without_a_member_is_an_error_that_names_it(ask, member):
    event = aws_events.object_event(BUCKET, "shells/batches/monday.csv")
    event["detail"].pop(member)

    with pytest.raises(ValueError, match=f"has no '{member}'"):
        ask(event)


def test_throttled_calls_are_retried_and_an_aws_error_is_raised(aws, put, ask):
    event, throttled = put("shells/batches/monday.csv"), ("ThrottlingException", "Rate exceeded", 400)
    aws.errors["StartPipelineExecution"] = [throttled] * 2

    assert ask(event)["started"] is True
    aws.errors["StartPipelineExecution"] = [("ResourceNotFound", "there is no such pipeline", 400)]
    with pytest.raises(ClientError, match="no such pipeline"):
        ask(event)


def test_its_role_allows_exactly_the_functions_calls(aws, put, ask):
    events = [put(f"shells/{key}") for key in ("training/a.csv", "batches/monday.csv", "ground-truth/monday.csv")]
    aws.calls.clear()
    for event in events:
        ask(event)

    assert permissions.allowed_actions("start_pipeline") - permissions.LOG == permissions.needed_actions(
        aws.operations()
    )
