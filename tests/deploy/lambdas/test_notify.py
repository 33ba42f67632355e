"""Tests the notifications: subjects that SNS accepts, and messages that say what happened, why, and what to do."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

import aws_events
import boto3
import permissions
from botocore.config import Config
from botocore.exceptions import ClientError
from handlers import load_handler
from moto_answers import succeeded_step
from moto_over_http import REGION

MESSAGE = "Ask the lab before you go on."
CUSTOM = [
    {"step_name": "TrainShells", "step_status": "Succeeded", "step_custom_message": MESSAGE},
    {"step_name": "TrainShells", "step_status": "Failed", "step_custom_message": "Call somebody."},
]
DEFINITION = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": []})
CONSOLE = f"https://{REGION}.console.aws.amazon.com/sagemaker/home?region={REGION}"


@pytest.fixture
def ask(aws):
    """Return a function that passes events to the handler, and returns subject and message, or None."""
    handler = load_handler("notify")
    topic = aws.client("sns").create_topic(Name="shells")["TopicArn"]
    retries = Config(retries={"mode": "standard", "max_attempts": 4})
    session = boto3.Session(region_name=REGION)
    clients = handler.Clients(session.client("sagemaker", config=retries), session.client("sns", config=retries))
    sent = []
    clients.sns.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: sent.append(dict(params)))
    settings = {
        "TOPIC_ARN": topic, "EXECUTION_STATUSES": "Executing,Succeeded,Failed,Stopped", "STEP_STATUSES": "",
        "CUSTOM_MESSAGES": json.dumps(CUSTOM), "STUDIO_URL": "",
    }  # fmt: skip

    def run(event, **changed):
        before = len(sent)
        result = handler.lambda_handler(event, None, clients, settings | changed)
        assert result["published"] is (len(sent) > before)
        return (sent[-1]["Subject"], sent[-1]["Message"]) if result["published"] else None

    run.sent = sent
    return run


def test_the_message_about_a_started_execution_has_the_reason(ask):
    subject, text = ask(
        aws_events.execution_event("Shells", "Executing", pipelineExecutionDescription="new data have come")
    )

    assert subject == "SageMaker Pipeline: Shells Execution - Executing"
    assert text == (
        "Execution p4jn9xou8a8s of pipeline Shells has started.\n\n"
        "why     new data have come\n"
        "when    started 2026-03-15T16:03:13Z\n"
        "do      nothing; pipelines show p4jn9xou8a8s reports its progress\n"
        f"link    {CONSOLE}#/studio-landing\n"
        "where   account 123456789012, eu-west-1\n"
    )


def test_the_message_about_a_succeeded_execution_has_no_advice(ask):
    subject, text = ask(aws_events.execution_event("Shells", "Succeeded"))

    assert subject.endswith("Execution - Succeeded")
    assert "when    started 2026-03-15T16:03:13Z, ended 2026-03-15T16:10:10Z\n" in text
    assert "\ndo " not in text


@pytest.fixture
def fail(aws):
    """Return a function that creates an execution with this reason and these failed steps, and returns its event."""

    def make(reason, *steps):
        client = aws.client("sagemaker")
        role = f"arn:aws:iam::{aws_events.ACCOUNT}:role/jobs"
        client.create_pipeline(PipelineName="Shells", RoleArn=role, PipelineDefinition=DEFINITION)
        arn = client.start_pipeline_execution(PipelineName="Shells")["PipelineExecutionArn"]
        aws.status[arn] = {"PipelineExecutionStatus": "Failed", "FailureReason": reason}
        failed_steps = [succeeded_step(name) | {"StepStatus": "Failed", "FailureReason": why} for name, why in steps]
        aws.steps[arn] = [succeeded_step("Prepare"), *failed_steps]
        return aws_events.execution_event("Shells", "Failed", pipelineExecutionArn=arn), arn.rpartition("/")[2]

    return make


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        (
            "Step failure: no capacity",
            "pipelines logs {name}; once the cause is fixed, pipelines retry {name} continues",
        ),
        ("ModelQualityLost: mse", "pipelines show {name} --violations; retraining starts by itself"),
        ("Quality check failed. See violation report", "pipelines show {name} --violations; if the data are correct"),
        ("NoApprovedModel: none", "pipelines models; approve a version, and pipelines retry {name}"),
    ],
)
def test_the_message_about_a_failed_execution_names_its_steps_and_what_to_do(fail, ask, reason, advice):
    event, name = fail(reason, ("Train", "out of memory"), ("Evaluate", "no file"))

    subject, text = ask(event)

    assert subject == "SageMaker Pipeline: Shells Execution - Failed"
    assert f"why     {reason}\n        Train: out of memory\n        Evaluate: no file\n" in text
    assert f"do      {advice.format(name=name)}" in text


def test_the_message_says_that_an_execution_that_a_fail_step_ended_cannot_be_retried(aws, fail, ask):
    event, name = fail("the model is not good enough", ("ShellsModelRejected", "mse of 9"))
    aws.steps[event["detail"]["pipelineExecutionArn"]][1]["Metadata"] = {"Fail": {"ErrorMessage": "mse of 9"}}

    _, text = ask(event)

    assert "        ShellsModelRejected (Fail step): mse of 9\n" in text
    assert "cannot be retried, so start a new one" in text
    assert f"pipelines retry {name}" not in text


def test_a_message_is_sent_even_if_the_reason_cannot_be_read(aws, fail, ask):
    event, _ = fail("Step failure")
    aws.errors["DescribePipelineExecution"] = [("AccessDeniedException", "not you", 400)]

    _, text = ask(event)

    assert "why     it cannot be read: An error occurred (AccessDeniedException)" in text


def test_a_custom_message_is_sent_for_its_step_and_status(ask):
    subject, text = ask(aws_events.step_event("Shells", "TrainShells", "Succeeded"))

    assert subject == "SageMaker Pipeline Step: TrainShells Execution - Succeeded - Action Required"
    assert text.startswith("Step TrainShells of execution p4jn9xou8a8s of pipeline Shells has succeeded.\n\n")
    assert f"message {MESSAGE}\n" in text
    assert "Call somebody." not in text


def test_the_message_about_a_failed_step_has_the_reason(ask):
    _, text = ask(aws_events.step_event("Shells", "TrainShells", "Failed", failureReason="out of memory"))

    assert "why     out of memory\n" in text
    assert "do      pipelines logs p4jn9xou8a8s --step TrainShells\n" in text


@pytest.mark.parametrize("event", [
    aws_events.step_event("Shells", "Prepare", "Succeeded"), aws_events.step_event("Shells", "TrainShells", "Stopping"),
    aws_events.execution_event("Shells", "Stopping"),
])  # fmt: skip
def test_other_events_lead_to_no_message(ask, event):
    assert ask(event) is None


def test_every_step_with_a_configured_status_leads_to_a_message(ask):
    subject, text = ask(aws_events.step_event("Shells", "Prepare", "Starting"), STEP_STATUSES="Starting,Failed")

    assert subject == "SageMaker Pipeline Step: Prepare Execution - Starting"
    assert "message" not in text


def test_the_message_about_a_waiting_version_has_facts_and_commands(aws, ask):
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="Shells")
    facts = {"Metric": "regression_metrics.mse.value", "Threshold": "6.0", "EvaluationUri": "s3://b/evaluation.json"}
    package = client.create_model_package(ModelPackageGroupName="Shells", CustomerMetadataProperties=facts)

    subject, text = ask(
        aws_events.version_event("Shells", 1, "PendingManualApproval", ModelPackageArn=package["ModelPackageArn"])
    )

    assert subject == "SageMaker Model: Shells/1 - PendingManualApproval - Action Required"
    assert text.startswith("Version Shells/1 waits for approval.\n")
    for fact in ("Metric: regression_metrics.mse.value", "Threshold: 6.0", "EvaluationUri: s3://b/evaluation.json"):
        assert fact in text
    assert "do      look at it: pipelines models Shells/1; then pipelines approve Shells/1 --reason ..." in text


def test_the_message_about_a_decision_has_the_reason(ask):
    subject, text = ask(aws_events.version_event("Shells", 1, "Rejected", ApprovalDescription="too old"))

    assert subject == "SageMaker Model: Shells/1 - Rejected"
    assert "why     too old\n" in text
    assert "facts   cannot be read" in text, "there is no such version"


def test_links_lead_to_the_studio_if_configured_or_to_the_partitions_console(ask):
    event = aws_events.execution_event("Shells", "Succeeded")

    _, text = ask(event, STUDIO_URL="https://studio-d-1.studio.eu-west-1.sagemaker.aws/")
    assert "https://studio-d-1.studio.eu-west-1.sagemaker.aws/pipelines/view/Shells/executions/p4jn9xou8a8s/" in text
    arns = [arn.replace("arn:aws:", "arn:aws-cn:") for arn in event["resources"]]
    _, text = ask(event | {"resources": arns, "region": "cn-north-1"})
    assert "https://cn-north-1.console.amazonaws.cn/sagemaker/home?region=cn-north-1" in text


def test_long_names_and_special_characters_are_adapted_to_snss_limits(ask):
    subject, _ = ask(aws_events.execution_event("S" * 200, "Failed"), EXECUTION_STATUSES="Failed")
    assert (len(subject), subject[-12:]) == (100, "... - Failed")

    subject, _ = ask(aws_events.step_event("Shells", "Pr\u00e9parer\n", "Starting"), STEP_STATUSES="Starting")
    assert subject == "SageMaker Pipeline Step: Pr?parer? Execution - Starting"


@pytest.mark.parametrize("member", ["detail-type", "detail", "region"])
def test_an_event_without_a_member_is_an_error_that_names_it(ask, member):
    event = aws_events.execution_event("Shells", "Succeeded")

    with pytest.raises(ValueError, match=f"has no '{member}'"):
        ask({name: value for name, value in event.items() if name != member})
    assert not ask.sent


def test_an_event_of_another_type_is_an_error(ask):
    with pytest.raises(ValueError, match="has no 'SageMaker Model State Change'"):
        ask(aws_events.execution_event("Shells", "Succeeded") | {"detail-type": "SageMaker Model State Change"})


def test_throttled_calls_are_retried_and_a_missing_topic_is_an_error(aws, ask):
    aws.errors["Publish"] = [("Throttling", "Rate exceeded", 400)]
    assert ask(aws_events.execution_event("Shells", "Succeeded"))

    aws.errors["Publish"] = [("NotFound", "Topic does not exist", 404)]
    with pytest.raises(ClientError, match="Topic does not exist"):
        ask(aws_events.execution_event("Shells", "Succeeded"))


def test_its_role_allows_exactly_the_functions_calls(aws, fail, ask):
    event, _ = fail("Step failure")
    aws.calls.clear()
    ask(event)
    ask(aws_events.version_event("Shells", 1, "Approved"))

    assert permissions.allowed_actions("notify") - permissions.LOG == permissions.needed_actions(aws.operations())
