"""Tests Callback steps: a message in a queue, an answer by its token, and steps that get no answer."""

from __future__ import annotations

import json
import os

from local_sagemaker.testing import create, run, start, wait_for_end

import pytest
from botocore.exceptions import ClientError
from running_processes import wait_for

STEPS = "PipelineExecutionSteps"
URL = "https://sqs.us-east-1.amazonaws.com/000000000000/approvals"
OUTPUTS = [
    {"OutputName": "ModelApprovalStatus", "OutputType": "String"},
    {"OutputName": "Share", "OutputType": "Float"},
]


def ask(name="Ask", outputs=OUTPUTS, **arguments):
    return {
        "Name": name,
        "Type": "Callback",
        "Arguments": arguments or {"Value": 4.5},
        "SqsQueueUrl": URL,
        "OutputParameters": outputs,
    }


def fail_with(text, name="Notify"):
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": text}}


def definition(*steps):
    return {"Version": "2020-12-01", "Steps": list(steps)}


@pytest.fixture
def queue(session):
    """Return a function that waits for the next message of the queue."""
    client = session.client("sqs")

    def message():
        def look():
            if URL in client.list_queues().get("QueueUrls", ()):
                return client.receive_message(QueueUrl=URL).get("Messages")
            return None

        (received,) = wait_for(look)
        client.delete_message(QueueUrl=URL, ReceiptHandle=received["ReceiptHandle"])
        return json.loads(received["Body"])

    return message


def send_success(client, token, **outputs):
    values = [{"Name": name, "Value": value} for name, value in outputs.items()]
    return client.send_pipeline_execution_step_success(CallbackToken=token, OutputParameters=values)


def test_later_steps_get_the_answer_in_its_declared_type(session, client, queue):
    values = [{"Get": f"Steps.Ask.OutputParameters['{name}']"} for name in ("ModelApprovalStatus", "Share")]
    last = fail_with({"Std:Join": {"On": " ", "Values": values}})
    arn = start(session, create(session, definition(ask(), last)))

    message = queue()

    assert message["pipelineExecutionArn"] == arn
    assert message["arguments"] == {"Value": 4.5}
    assert message["status"] == "Executing"
    (step,) = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert step["Metadata"]["Callback"]["CallbackToken"] == message["token"]
    assert (
        send_success(client, message["token"], ModelApprovalStatus="Approved", Share="0.25")["PipelineExecutionArn"]
        == arn
    )
    result = wait_for_end(session, arn)
    assert result.reason == "Approved 0.25"
    assert {"Name": "Share", "Value": "0.25"} in result.steps["Ask"]["Metadata"]["Callback"]["OutputParameters"]


def test_a_reported_failure_ends_the_execution_with_its_reason(session, client, queue):
    arn = start(session, create(session, definition(ask())))

    client.send_pipeline_execution_step_failure(CallbackToken=queue()["token"], FailureReason="old data")

    result = wait_for_end(session, arn)
    assert result.status == "Failed"
    assert "old data" in result.steps["Ask"]["FailureReason"]


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"ModelApprovalStatus": "Approved"}, r"the step declares ModelApprovalStatus \(String\), Share \(Float\)"),
        ({"ModelApprovalStatus": "Approved", "Share": "0", "More": "1"}, "the outputs are .*More"),
        (
            {"ModelApprovalStatus": "Approved", "Share": "much"},
            "output 'Share' is 'much', which is not a value of type Float",
        ),
    ],
)
def test_an_invalid_answer_is_refused_and_can_be_sent_again(session, client, queue, outputs, message):
    arn = start(session, create(session, definition(ask())))
    token = queue()["token"]

    with pytest.raises(ClientError, match=message):
        send_success(client, token, **outputs)

    send_success(client, token, ModelApprovalStatus="Rejected", Share="0")
    assert wait_for_end(session, arn).status == "Succeeded"
    with pytest.raises(ClientError, match="no longer waits: it is Succeeded"):
        send_success(client, token, ModelApprovalStatus="Rejected", Share="0")


def test_an_unknown_token_is_refused(client):
    with pytest.raises(ClientError, match="waits for an answer with the token 'abcdefghij'"):
        client.send_pipeline_execution_step_failure(CallbackToken="abcdefghij")


def test_a_stop_request_sends_a_message_to_the_queue(session, client, queue):
    arn = start(session, create(session, definition(ask())))
    token = queue()["token"]

    client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="x" * 32)

    assert wait_for_end(session, arn).status == "Stopped"
    assert (message := queue())["status"] == "Stopping"
    assert message["token"] == token
    with pytest.raises(ClientError, match="no longer waits"):
        client.send_pipeline_execution_step_failure(CallbackToken=token)


def test_waiting_steps_do_not_block_other_steps(session, queue):
    waiting = [ask(f"Ask{n}", outputs=[]) for n in range(2 * (os.cpu_count() or 1))]

    arn = start(session, create(session, definition(*waiting, fail_with("all the same"))))

    steps = session.client("sagemaker")
    wait_for(
        lambda: (
            len(steps.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]) > len(waiting)
        )
    )
    steps.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="x" * 32)
    wait_for_end(session, arn)


def test_a_message_that_was_received_is_hidden_for_a_while_and_gone_when_deleted(session):
    sqs = session.client("sqs")
    assert sqs.create_queue(QueueName="approvals")["QueueUrl"] == sqs.get_queue_url(QueueName="approvals")["QueueUrl"]
    sqs.send_message(QueueUrl=URL, MessageBody="hello")

    (first,) = sqs.receive_message(QueueUrl=URL, VisibilityTimeout=1)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=URL)
    (again,) = sqs.receive_message(QueueUrl=URL, WaitTimeSeconds=5)["Messages"]
    assert (first["Body"], again["Body"]) == ("hello", "hello")
    sqs.delete_message(QueueUrl=URL, ReceiptHandle=again["ReceiptHandle"])
    assert "Messages" not in sqs.receive_message(QueueUrl=URL, VisibilityTimeout=0)


def test_a_missing_queue_is_reported(session):
    for call in ("receive_message", "send_message"):
        more = {"MessageBody": "hello"} if call == "send_message" else {}
        with pytest.raises(ClientError, match="does not exist"):
            getattr(session.client("sqs"), call)(QueueUrl=URL, **more)


def test_without_outputs_an_empty_answer_is_enough(session, client, queue):
    arn = start(session, create(session, definition(ask(outputs=[]))))

    client.send_pipeline_execution_step_success(CallbackToken=queue()["token"])

    assert wait_for_end(session, arn).status == "Succeeded"


def test_a_definition_without_a_queue_is_refused(session):
    step = ask()
    del step["SqsQueueUrl"]

    with pytest.raises(ClientError, match="SqsQueueUrl"):
        run(session, definition(step))


def test_the_queue_is_read_by_the_url_of_the_definition_whatever_its_account(session):
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/approvals"
    arn = start(session, create(session, definition(ask() | {"SqsQueueUrl": url})))

    def look():
        if url not in session.client("sqs").list_queues().get("QueueUrls", ()):
            return None
        return session.client("sqs").receive_message(QueueUrl=url).get("Messages")

    assert json.loads(wait_for(look)[0]["Body"])["pipelineExecutionArn"] == arn
    session.client("sagemaker").stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="x" * 32)
    wait_for_end(session, arn)


@pytest.mark.parametrize("url", ["approvals", "https://sqs.us-east-1.amazonaws.com/000000000000/"])
def test_an_invalid_queue_url_fails_the_step(session, url):
    result = run(session, definition(ask() | {"SqsQueueUrl": url}))

    assert result.status == "Failed"
    assert "is not the URL of a queue" in result.steps["Ask"]["FailureReason"]
