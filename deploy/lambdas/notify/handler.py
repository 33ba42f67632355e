"""Lambda function that publishes a readable message about an event of a pipeline or a model to an SNS topic.

Events: status changes of executions, of steps and of model packages, filtered by the rules of deploy/events.

Environment:
    TOPIC_ARN            the topic
    EXECUTION_STATUSES   statuses of executions that lead to a message, separated by commas
    STEP_STATUSES        statuses of any step that lead to a message
    CUSTOM_MESSAGES      JSON, [{"step_name", "step_status", "step_custom_message"}]: further steps that lead to a
                         message, each with its own text
    STUDIO_URL           URL of the Studio domain, for links to executions; by default they lead to the console
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 8})
#: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
SUBJECT_CHARACTERS, MESSAGE_CHARACTERS = 100, 60_000
ACTION = " - Action Required"
CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
FAILED_STEPS = 5  # at most, in a message
BY_STEP = "(Fail step)"


class Notification(NamedTuple):
    """Holds a notification: subject, summary, and further lines as label -> text; None is left out."""

    subject: str
    summary: str
    lines: Mapping[str, str | None]


class Clients(NamedTuple):
    """Holds the clients of AWS's services."""

    sagemaker: Any
    sns: Any


def lambda_handler(
    event: dict[str, Any], context: Any, clients: Clients | None = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Publish a message, if the settings select the event."""
    clients = clients or Clients(boto3.client("sagemaker", config=CONFIG), boto3.client("sns", config=CONFIG))
    try:
        notification = BUILDERS[event["detail-type"]](event, clients, settings)
        if notification is None:
            return {"published": False}
        subject = _subject(notification.subject)
        published = clients.sns.publish(
            TopicArn=settings["TOPIC_ARN"], Subject=subject, Message=_message(notification, event)[:MESSAGE_CHARACTERS]
        )
    except KeyError as missing:
        raise ValueError(f"the event, or the environment, has no {missing}; the event is {json.dumps(event)}") from None
    print(json.dumps({"subject": subject, "event": event["id"]}))
    return {"published": True, "message_id": published["MessageId"], "subject": subject}


def _execution(event: dict[str, Any], clients: Clients, settings: Mapping[str, str]) -> Notification | None:
    detail = event["detail"]
    arn, status = detail["pipelineExecutionArn"], detail["currentPipelineExecutionStatus"]
    if status not in settings["EXECUTION_STATUSES"].split(","):
        return None
    pipeline, name = _names(arn)
    why = "\n".join(_reasons(arn, clients)) if status == "Failed" else detail.get("pipelineExecutionDescription")
    return Notification(
        f"SageMaker Pipeline: {pipeline} Execution - {status}",
        f"Execution {name} of pipeline {pipeline} {STATUS_TEXTS.get(status, status)}.",
        {
            "why": why,
            "when": _times(detail, "executionStartTime", "executionEndTime"),
            "do": _advice(status, name, why or ""),
            "link": _link(event, settings, pipeline, name),
        },
    )


def _step(event: dict[str, Any], clients: Clients, settings: Mapping[str, str]) -> Notification | None:
    detail = event["detail"]
    step, status, arn = detail["stepName"], detail["currentStepStatus"], detail["pipelineExecutionArn"]
    own = [
        custom["step_custom_message"]
        for custom in json.loads(settings["CUSTOM_MESSAGES"])
        if (custom["step_name"], custom["step_status"]) == (step, status)
    ]
    if not own and status not in settings["STEP_STATUSES"].split(","):
        return None
    pipeline, name = _names(arn)
    return Notification(
        f"SageMaker Pipeline Step: {step} Execution - {status}{ACTION if own else ''}",
        f"Step {step} of execution {name} of pipeline {pipeline} {STATUS_TEXTS.get(status, status)}.",
        {
            "message": "\n".join(own),
            "why": detail.get("failureReason"),
            "when": _times(detail, "stepStartTime", "stepEndTime"),
            "do": f"pipelines logs {name} --step {step}" if status == "Failed" else None,
            "link": _link(event, settings, pipeline, name),
        },
    )


def _version(event: dict[str, Any], clients: Clients, settings: Mapping[str, str]) -> Notification:
    detail = event["detail"]
    arn, status = detail["ModelPackageArn"], detail["ModelApprovalStatus"]
    model = f"{detail['ModelPackageGroupName']}/{detail['ModelPackageVersion']}"
    is_pending = status == "PendingManualApproval"
    facts = _facts(arn, clients)
    decide = f"pipelines approve {model} --reason ..., or pipelines reject {model} --reason ..."
    return Notification(
        f"SageMaker Model: {model} - {status}{ACTION if is_pending else ''}",
        f"Version {model} {'waits for approval' if is_pending else f'is {status} now'}.",
        {
            "why": detail.get("ApprovalDescription"),
            "facts": facts,
            "do": f"look at it: pipelines models {model}; then {decide}" if is_pending else None,
            "link": f"{_console(event)}/sagemaker/home?region={event['region']}#/model-packages",
        },
    )


def _reasons(arn: str, clients: Clients) -> Iterator[str]:
    """Yield why an execution failed: its own reason, then those of its steps; or that they cannot be read."""
    try:
        described = clients.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        yield described.get("FailureReason", "SageMaker gives no reason")
        pages = clients.sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn)
        failed = (step for page in pages for step in page["PipelineExecutionSteps"] if step["StepStatus"] == "Failed")
        for _, step in zip(range(FAILED_STEPS), failed, strict=False):
            marker = f" {BY_STEP}" if "Fail" in step.get("Metadata", {}) else ""
            yield f"{step['StepName']}{marker}: {step.get('FailureReason', 'without a reason')}"
    except ClientError as error:
        yield f"it cannot be read: {error}"


def _facts(arn: str, clients: Clients) -> str | None:
    """Return the facts about a version's quality, a line each."""
    try:
        properties = clients.sagemaker.describe_model_package(ModelPackageName=arn).get(
            "CustomerMetadataProperties", {}
        )
    except ClientError as error:
        return f"cannot be read: {error}"
    names = ("ProblemType", "Metric", "Threshold", "EvaluationUri", "InputDataUrl", "PipelineExecutionArn")
    return "\n".join(f"{name}: {properties[name]}" for name in names if name in properties) or None


def _advice(status: str, name: str, why: str) -> str | None:
    """Return what to do next."""
    advice = ADVICE.get(status)
    if status == "Failed":
        advice = next((text for cause, text in FAILURE_ADVICE.items() if cause in why), advice)
    return advice.format(name=name) if advice else None


def _names(arn: str) -> tuple[str, str]:
    """Return pipeline and id of an execution, from its ARN."""
    pipeline, _, name = arn.partition(":pipeline/")[2].partition("/execution/")
    if not name:
        raise ValueError(f"{arn!r} is not the ARN of an execution")
    return pipeline, name


def _times(detail: Mapping[str, Any], start: str, end: str) -> str:
    ended = f", ended {detail[end]}" if detail.get(end) else ""
    return f"started {detail[start]}{ended}"


def _link(event: Mapping[str, Any], settings: Mapping[str, str], pipeline: str, name: str) -> str:
    if studio := settings.get("STUDIO_URL"):
        return f"{studio.rstrip('/')}/pipelines/view/{pipeline}/executions/{name}/graph"
    return f"{_console(event)}/sagemaker/home?region={event['region']}#/studio-landing"


def _console(event: Mapping[str, Any]) -> str:
    partition = next(iter(event["resources"]), "arn:aws:").split(":")[1]
    return f"https://{event['region']}.{CONSOLES.get(partition, 'console.aws.amazon.com')}"


def _subject(text: str) -> str:
    """Return the text as SNS accepts it in a subject: ASCII, without control characters, and shortened."""
    plain = "".join(char if char.isascii() and char.isprintable() else "?" for char in text)
    if len(plain) <= SUBJECT_CHARACTERS:
        return plain
    head, dash, tail = plain.partition(" - ")
    room = SUBJECT_CHARACTERS - len(f"...{dash}{tail}")
    return f"{head[:room]}...{dash}{tail}"


def _message(notification: Notification, event: Mapping[str, Any]) -> str:
    where = {"where": f"account {event['account']}, {event['region']}"}
    lines = [f"{name.ljust(8)}{_indent(line)}" for name, line in {**notification.lines, **where}.items() if line]
    return "\n".join([notification.summary, "", *lines, ""])


def _indent(text: str) -> str:
    return text.replace("\n", "\n" + " " * 8)


BUILDERS: dict[str, Callable[[dict[str, Any], Clients, Mapping[str, str]], Notification | None]] = {
    "SageMaker Model Building Pipeline Execution Status Change": _execution,
    "SageMaker Model Building Pipeline Execution Step Status Change": _step,
    "SageMaker Model Package State Change": _version,
}
#: Status -> what happened.
STATUS_TEXTS = {
    "Executing": "has started", "Starting": "has started", "Succeeded": "has succeeded", "Failed": "has failed",
    "Stopping": "is being stopped", "Stopped": "was stopped",
}  # fmt: skip
#: Status of an execution -> what to do next.
ADVICE = {
    "Executing": "nothing; pipelines show {name} reports its progress",
    "Failed": "pipelines logs {name}; once the cause is fixed, pipelines retry {name} continues after finished steps",
    "Stopped": "pipelines retry {name} continues after finished steps",
}
#: Text in the reason of a failure -> what to do about it.
FAILURE_ADVICE = {
    "ModelQualityLost": "pipelines show {name} --violations; retraining starts by itself, unless one ran recently",
    "violation": "pipelines show {name} --violations; if the data are correct: FailOnViolation=false",
    "NoApprovedModel": "pipelines models; approve a version, and pipelines retry {name}",
    BY_STEP: "see its message; an execution that a Fail step ended cannot be retried, so start a new one",
}
