"""Lambda function: what happened to a pipeline or a model, as a text that a person can read, to an SNS topic.

Events: status changes of executions, of steps and of model packages, as the rules of deploy/events let them through.

Environment:
    TOPIC_ARN            where texts go
    EXECUTION_STATUSES   of executions that are told of, separated by commas
    STEP_STATUSES        of steps that are told of, whichever step it is
    CUSTOM_MESSAGES      JSON, [{"step_name", "step_status", "step_custom_message"}]: steps that are told of beside
                         these, each with words of one's own
    STUDIO_URL           of the Studio domain, for links to executions; else they lead to the console
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
FAILED_STEPS = 5  # that are told of
BY_STEP = "(Fail step)"


class Text(NamedTuple):
    """A notification: subject, what happened, and further lines as label -> words; None is left out."""

    subject: str
    what: str
    lines: Mapping[str, str | None]


class Clients(NamedTuple):
    """What is asked, and told."""

    sagemaker: Any
    sns: Any


def lambda_handler(
    event: dict[str, Any], context: Any, clients: Clients | None = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Publish a text where the event is one to tell of."""
    clients = clients or Clients(boto3.client("sagemaker", config=CONFIG), boto3.client("sns", config=CONFIG))
    try:
        text = TELLERS[event["detail-type"]](event, clients, settings)
        if text is None:
            return {"published": False}
        subject = _subject(text.subject)
        published = clients.sns.publish(
            TopicArn=settings["TOPIC_ARN"], Subject=subject, Message=_message(text, event)[:MESSAGE_CHARACTERS]
        )
    except KeyError as missing:
        raise ValueError(f"the event, or the environment, has no {missing}; the event is {json.dumps(event)}") from None
    print(json.dumps({"subject": subject, "event": event["id"]}))
    return {"published": True, "message_id": published["MessageId"], "subject": subject}


def _execution(event: dict[str, Any], clients: Clients, settings: Mapping[str, str]) -> Text | None:
    detail = event["detail"]
    arn, status = detail["pipelineExecutionArn"], detail["currentPipelineExecutionStatus"]
    if status not in settings["EXECUTION_STATUSES"].split(","):
        return None
    pipeline, name = _names(arn)
    why = "\n".join(_reasons(arn, clients)) if status == "Failed" else detail.get("pipelineExecutionDescription")
    return Text(
        f"SageMaker Pipeline: {pipeline} Execution - {status}",
        f"Execution {name} of pipeline {pipeline} {VERBS.get(status, status)}.",
        {
            "why": why,
            "when": _times(detail, "executionStartTime", "executionEndTime"),
            "do": _advice(status, name, why or ""),
            "link": _link(event, settings, pipeline, name),
        },
    )


def _step(event: dict[str, Any], clients: Clients, settings: Mapping[str, str]) -> Text | None:
    detail = event["detail"]
    step, status, arn = detail["stepName"], detail["currentStepStatus"], detail["pipelineExecutionArn"]
    own = [
        one["step_custom_message"]
        for one in json.loads(settings["CUSTOM_MESSAGES"])
        if (one["step_name"], one["step_status"]) == (step, status)
    ]
    if not own and status not in settings["STEP_STATUSES"].split(","):
        return None
    pipeline, name = _names(arn)
    return Text(
        f"SageMaker Pipeline Step: {step} Execution - {status}{ACTION if own else ''}",
        f"Step {step} of execution {name} of pipeline {pipeline} {VERBS.get(status, status)}.",
        {
            "message": "\n".join(own),
            "why": detail.get("failureReason"),
            "when": _times(detail, "stepStartTime", "stepEndTime"),
            "do": f"pipelines logs {name} --step {step}" if status == "Failed" else None,
            "link": _link(event, settings, pipeline, name),
        },
    )


def _version(event: dict[str, Any], clients: Clients, settings: Mapping[str, str]) -> Text:
    detail = event["detail"]
    arn, status = detail["ModelPackageArn"], detail["ModelApprovalStatus"]
    model = f"{detail['ModelPackageGroupName']}/{detail['ModelPackageVersion']}"
    is_pending = status == "PendingManualApproval"
    facts = _facts(arn, clients)
    decide = f"pipelines approve {model} --reason ..., or pipelines reject {model} --reason ..."
    return Text(
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
    """Why an execution failed: its own words, and those of its steps; where nobody may say, that."""
    try:
        described = clients.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        yield described.get("FailureReason", "SageMaker says no reason")
        pages = clients.sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn)
        failed = (one for page in pages for one in page["PipelineExecutionSteps"] if one["StepStatus"] == "Failed")
        for _, step in zip(range(FAILED_STEPS), failed, strict=False):
            kind = f" {BY_STEP}" if "Fail" in step.get("Metadata", {}) else ""
            yield f"{step['StepName']}{kind}: {step.get('FailureReason', 'without a reason')}"
    except ClientError as error:
        yield f"it cannot be read: {error}"


def _facts(arn: str, clients: Clients) -> str | None:
    """What a version carries of its quality."""
    try:
        carried = clients.sagemaker.describe_model_package(ModelPackageName=arn).get("CustomerMetadataProperties", {})
    except ClientError as error:
        return f"cannot be read: {error}"
    names = ("ProblemType", "Metric", "Threshold", "EvaluationUri", "InputDataUrl", "PipelineExecutionArn")
    return "\n".join(f"{name}: {carried[name]}" for name in names if name in carried) or None


def _advice(status: str, name: str, why: str) -> str | None:
    """What to do next."""
    found = ADVICE.get(status)
    if status == "Failed":
        found = next((advice for words, advice in OF_FAILURES.items() if words in why), found)
    return found.format(name=name) if found else None


def _names(arn: str) -> tuple[str, str]:
    """Pipeline and id of an execution, of its ARN."""
    pipeline, _, name = arn.partition(":pipeline/")[2].partition("/execution/")
    if not name:
        raise ValueError(f"{arn!r} is no ARN of an execution")
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
    """What SNS takes as one: ASCII, without control characters, and not too long."""
    plain = "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in text)
    if len(plain) <= SUBJECT_CHARACTERS:
        return plain
    head, dash, tail = plain.partition(" - ")
    room = SUBJECT_CHARACTERS - len(f"...{dash}{tail}")
    return f"{head[:room]}...{dash}{tail}"


def _message(text: Text, event: Mapping[str, Any]) -> str:
    where = {"where": f"account {event['account']}, {event['region']}"}
    lines = [f"{name.ljust(8)}{_indented(words)}" for name, words in {**text.lines, **where}.items() if words]
    return "\n".join([text.what, "", *lines, ""])


def _indented(words: str) -> str:
    return words.replace("\n", "\n" + " " * 8)


TELLERS: dict[str, Callable[[dict[str, Any], Clients, Mapping[str, str]], Text | None]] = {
    "SageMaker Model Building Pipeline Execution Status Change": _execution,
    "SageMaker Model Building Pipeline Execution Step Status Change": _step,
    "SageMaker Model Package State Change": _version,
}
#: Status -> what has happened.
VERBS = {
    "Executing": "has started", "Starting": "has started", "Succeeded": "has succeeded", "Failed": "has failed",
    "Stopping": "is being stopped", "Stopped": "was stopped",
}  # fmt: skip
#: Status of an execution -> what to do.
ADVICE = {
    "Executing": "nothing; pipelines show {name} tells how far it is",
    "Failed": "pipelines logs {name}; once the cause is mended, pipelines retry {name} goes on from what succeeded",
    "Stopped": "pipelines retry {name} goes on from what succeeded",
}
#: Words in the reason of a failure -> what to do about that.
OF_FAILURES = {
    "ModelQualityLost": "pipelines show {name} --violations; retraining starts by itself, unless one ran of late",
    "violation": "pipelines show {name} --violations; where the data are as they should be: FailOnViolation=false",
    "NoApprovedModel": "pipelines models; approve a version, and pipelines retry {name}",
    BY_STEP: "look at what it says; an execution that a Fail step has ended cannot be retried, so start a new one",
}
