"""Callback steps: a message in a queue, an answer by its token, and what happens to who is not answered."""

from __future__ import annotations

import json
import os

from local_sagemaker.testing import create, finish, run, start

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


def tell(text, name="Tell"):
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": text}}


def definition(*steps):
    return {"Version": "2020-12-01", "Steps": list(steps)}


@pytest.fixture
def queue(session):
    """The next message of the queue, once there is one."""
    client = session.client("sqs")

    def message():
        def look():
            if URL in client.list_queues().get("QueueUrls", ()):
                return client.receive_message(QueueUrl=URL).get("Messages")
            return None

        (found,) = wait_for(look)
        client.delete_message(QueueUrl=URL, ReceiptHandle=found["ReceiptHandle"])
        return json.loads(found["Body"])

    return message


def answered(client, token, **outputs):
    given = [{"Name": name, "Value": value} for name, value in outputs.items()]
    return client.send_pipeline_execution_step_success(CallbackToken=token, OutputParameters=given)


def test_the_answer_is_known_to_later_steps_by_its_type(session, client, queue):
    values = [{"Get": f"Steps.Ask.OutputParameters['{name}']"} for name in ("ModelApprovalStatus", "Share")]
    last = tell({"Std:Join": {"On": " ", "Values": values}})
    arn = start(session, create(session, definition(ask(), last)))

    message = queue()

    assert message["pipelineExecutionArn"] == arn
    assert message["arguments"] == {"Value": 4.5}
    assert message["status"] == "Executing"
    (step,) = client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert step["Metadata"]["Callback"]["CallbackToken"] == message["token"]
    assert (
        answered(client, message["token"], ModelApprovalStatus="Approved", Share="0.25")["PipelineExecutionArn"] == arn
    )
    ran = finish(session, arn)
    assert ran.reason == "Approved 0.25"
    assert {"Name": "Share", "Value": "0.25"} in ran.steps["Ask"]["Metadata"]["Callback"]["OutputParameters"]


def test_who_says_no_ends_the_execution_with_the_reason(session, client, queue):
    arn = start(session, create(session, definition(ask())))

    client.send_pipeline_execution_step_failure(CallbackToken=queue()["token"], FailureReason="old data")

    ran = finish(session, arn)
    assert ran.status == "Failed"
    assert "old data" in ran.steps["Ask"]["FailureReason"]


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"ModelApprovalStatus": "Approved"}, r"the step has ModelApprovalStatus \(String\), Share \(Float\)"),
        ({"ModelApprovalStatus": "Approved", "Share": "0", "More": "1"}, "the outputs given are .*More"),
        ({"ModelApprovalStatus": "Approved", "Share": "much"}, "output 'Share' is 'much', which is no Float"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_may_be_given_again(session, client, queue, outputs, message):
    arn = start(session, create(session, definition(ask())))
    token = queue()["token"]

    with pytest.raises(ClientError, match=message):
        answered(client, token, **outputs)

    answered(client, token, ModelApprovalStatus="Rejected", Share="0")
    assert finish(session, arn).status == "Succeeded"
    with pytest.raises(ClientError, match="waits no more: it is Succeeded"):
        answered(client, token, ModelApprovalStatus="Rejected", Share="0")


def test_a_token_that_nobody_gave_out_is_refused(client):
    with pytest.raises(ClientError, match="waits for an answer with the token 'abcdefghij'"):
        client.send_pipeline_execution_step_failure(CallbackToken="abcdefghij")


def test_a_stop_tells_whoever_looks_into_the_queue(session, client, queue):
    arn = start(session, create(session, definition(ask())))
    token = queue()["token"]

    client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="x" * 32)

    assert finish(session, arn).status == "Stopped"
    assert (message := queue())["status"] == "Stopping"
    assert message["token"] == token
    with pytest.raises(ClientError, match="waits no more"):
        client.send_pipeline_execution_step_failure(CallbackToken=token)


def test_those_who_wait_hold_up_nobody_else(session, queue):
    asked = [ask(f"Ask{n}", outputs=[]) for n in range(2 * (os.cpu_count() or 1))]

    arn = start(session, create(session, definition(*asked, tell("all the same"))))

    steps = session.client("sagemaker")
    wait_for(
        lambda: (
            len(steps.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]) > len(asked)
        )
    )
    steps.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="x" * 32)
    finish(session, arn)


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


def test_a_queue_that_is_not_there_is_told(session):
    for call in ("receive_message", "send_message"):
        more = {"MessageBody": "hello"} if call == "send_message" else {}
        with pytest.raises(ClientError, match="there is no queue"):
            getattr(session.client("sqs"), call)(QueueUrl=URL, **more)


def test_without_outputs_the_mere_answer_is_enough(session, client, queue):
    arn = start(session, create(session, definition(ask(outputs=[]))))

    client.send_pipeline_execution_step_success(CallbackToken=queue()["token"])

    assert finish(session, arn).status == "Succeeded"


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
    finish(session, arn)


@pytest.mark.parametrize("url", ["approvals", "https://sqs.us-east-1.amazonaws.com/000000000000/"])
def test_what_is_no_queue_fails_the_step(session, url):
    ran = run(session, definition(ask() | {"SqsQueueUrl": url}))

    assert ran.status == "Failed"
    assert "is no URL of a queue" in ran.steps["Ask"]["FailureReason"]
