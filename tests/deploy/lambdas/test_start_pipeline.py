"""The function that starts pipelines on new files: which one, on what, and each only once."""

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
from handlers import handler_of
from moto_over_http import BUCKET, REGION

NAMES = ("InputDataUrl", "GroundTruthUrl", "GroundTruthAvailable", "BadRows", "MseThreshold")
DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [{"Name": name, "Type": "String", "DefaultValue": ""} for name in NAMES],
    "Steps": [],
}
SETTINGS = {
    "TRAINING_PIPELINE": "Training", "INFERENCE_PIPELINE": "Batch", "TRAINING_PREFIX": "shells/training/",
    "INFERENCE_PREFIX": "shells/batches/", "TRUTH_PREFIX": "shells/truth/",
    "TRAINING_PARAMETERS": json.dumps({"MseThreshold": "5"}), "INFERENCE_PARAMETERS": json.dumps({"BadRows": "Drop"}),
}  # fmt: skip


@pytest.fixture
def put(aws):
    """Put an object; the event of it."""

    def write(key, body=b"1,2"):
        aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return aws_events.object_event(BUCKET, key, len(body))

    return write


@pytest.fixture
def ask(aws):
    """Hand events to the function; what it gave back, and what it asked to be started."""
    handler = handler_of("start_pipeline")
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


def given(start):
    return {one["Name"]: one["Value"] for one in start["PipelineParameters"]}


def test_new_training_data_are_trained_on_with_all_that_lie_there(put, ask):
    put("shells/training/a.csv")

    found = ask(put("shells/training/new.csv"))

    (start,) = ask.starts
    assert found == {"started": True, "execution_arn": found["execution_arn"]}
    assert start["PipelineName"] == "Training"
    assert given(start) == {"MseThreshold": "5", "InputDataUrl": f"s3://{BUCKET}/shells/training/"}
    assert start["PipelineExecutionDescription"] == f"s3://{BUCKET}/shells/training/new.csv has come"


def test_a_new_batch_is_scored_by_itself(put, ask):
    put("shells/batches/monday.csv")

    ask(put("shells/batches/tuesday.csv"))

    (start,) = ask.starts
    assert start["PipelineName"] == "Batch"
    assert given(start) == {"BadRows": "Drop", "InputDataUrl": f"s3://{BUCKET}/shells/batches/tuesday.csv"}


def test_a_truth_is_compared_with_the_scores_of_the_batch_of_its_name(put, ask):
    put("shells/batches/2026/monday.csv")

    ask(put("shells/truth/2026/monday.csv"))

    (start,) = ask.starts
    assert given(start) == {
        "BadRows": "Drop", "InputDataUrl": f"s3://{BUCKET}/shells/batches/2026/monday.csv",
        "GroundTruthAvailable": "true", "GroundTruthUrl": f"s3://{BUCKET}/shells/truth/2026/monday.csv",
    }  # fmt: skip


@pytest.mark.parametrize("batch", ["shells/batches/monday.csv.gz", "shells/batches/sunday.csv"])
def test_a_truth_waits_for_its_batch_and_is_compared_once_that_has_come(put, ask, batch):
    put(batch)

    found = ask(put("shells/truth/monday.csv"))
    assert found["started"] is False
    assert "and waits for it: a truth is called as its batch is" in found["reason"]
    assert not ask.starts

    ask(put("shells/batches/monday.csv"))
    assert given(ask.starts[0])["GroundTruthUrl"] == f"s3://{BUCKET}/shells/truth/monday.csv"


def tokens(ask):
    return [start["ClientRequestToken"] for start in ask.starts]


def test_an_event_that_comes_twice_has_one_token_and_a_file_that_comes_again_another(put, ask):
    event = put("shells/batches/monday.csv")
    ask(event)
    ask(event)
    time.sleep(1.1)  # S3 tells of whole seconds
    ask(put("shells/batches/monday.csv"))

    first, again, other = tokens(ask)
    assert first == again != other


def test_a_batch_and_its_truth_that_come_together_are_one_execution(put, ask):
    events = [put("shells/truth/monday.csv"), put("shells/batches/monday.csv")]
    for event in events:
        ask(event)

    assert len(set(tokens(ask))) == 1
    assert given(ask.starts[0]) == given(ask.starts[1])


def test_of_files_that_come_together_the_newest_starts_a_training_and_the_others_none(put, ask):
    events = [put(f"shells/training/{name}.csv") for name in ("a", "b", "c")]

    found = [ask(event) for event in reversed(events)]

    assert [one["started"] for one in found] == [True, False, False]
    assert found[1]["reason"] == f"s3://{BUCKET}/shells/training/c.csv has come since, and starts Training itself"


@pytest.mark.parametrize("key", ["elsewhere/new.csv", "shells/batches/", "shells/training-2/new.csv"])
def test_what_is_for_no_pipeline_starts_none(put, ask, key):
    found = ask(put(key))

    assert found == {"started": False, "reason": f"s3://{BUCKET}/{key} is for no pipeline"}
    assert not ask.starts


@pytest.mark.parametrize("member", ["bucket", "object"])
def test_an_event_without_a_member_is_an_error_that_names_it(ask, member):
    event = aws_events.object_event(BUCKET, "shells/batches/monday.csv")
    event["detail"].pop(member)

    with pytest.raises(ValueError, match=f"has no '{member}'"):
        ask(event)


def test_throttled_calls_are_tried_again_and_a_refusal_is_an_error(aws, put, ask):
    event, throttled = put("shells/batches/monday.csv"), ("ThrottlingException", "Rate exceeded", 400)
    aws.refusals["StartPipelineExecution"] = [throttled] * 2

    assert ask(event)["started"] is True
    aws.refusals["StartPipelineExecution"] = [("ResourceNotFound", "there is no such pipeline", 400)]
    with pytest.raises(ClientError, match="no such pipeline"):
        ask(event)


def test_its_role_may_do_what_it_calls_and_nothing_else(aws, put, ask):
    events = [put(f"shells/{key}") for key in ("training/a.csv", "batches/monday.csv", "truth/monday.csv")]
    aws.calls.clear()
    for event in events:
        ask(event)

    assert permissions.allowed_actions("start_pipeline") - permissions.LOG == permissions.needed_actions(
        aws.operations()
    )
