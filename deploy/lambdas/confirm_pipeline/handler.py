"""Lambda function that answers the approval with which CodePipeline waits for a SageMaker pipeline execution.

Events: an execution of the pipeline has ended (from SageMaker); CodePipeline has started to wait (from CodePipeline).
The later of the two leads to the answer, so an execution that ends before CodePipeline waits for it is noticed, too.

Environment: CODEPIPELINE, its name; WAIT_STAGE and WAIT_ACTION, the approval; SUBMIT_ACTION, the action of the same
stage whose output variable PipelineExecutionArn names the execution.

The answer is Approved if the execution has succeeded, and Rejected otherwise. If no event arrives, the approval ends by
its timeout, or a user answers it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import boto3

ANSWERS = {"Succeeded": "Approved", "Failed": "Rejected", "Stopped": "Rejected"}
SUMMARY_CHARACTERS = 512  # that CodePipeline accepts in an answer


class Clients(NamedTuple):
    """Holds the clients of AWS's services."""

    codepipeline: Any
    sagemaker: Any


class OpenApproval(NamedTuple):
    """Describes an open approval: the execution of CodePipeline, and the token for the answer."""

    execution: str
    token: str


class NothingToAnswer(Exception):
    """Raised if there is nothing to answer, or not yet; the message says why."""


def lambda_handler(
    event: dict[str, Any], context: Any, clients: Clients | None = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Answer the approval, if it is open and the execution has ended."""
    clients = clients or Clients(boto3.client("codepipeline"), boto3.client("sagemaker"))
    try:
        result: dict[str, Any] = {"answered": True, **_answer(clients, settings)}
    except NothingToAnswer as error:
        result = {"answered": False, "reason": str(error)}
    print(json.dumps(result))
    return result


def _answer(clients: Clients, settings: Mapping[str, str]) -> dict[str, Any]:
    approval = _open_approval(clients.codepipeline, settings)
    arn = _submitted_arn(clients.codepipeline, settings, approval.execution)
    described = clients.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    status = described["PipelineExecutionStatus"]
    if status not in ANSWERS:
        raise NothingToAnswer(f"{arn} is {status}")
    summary = f"{arn} has ended: {status}. {described.get('FailureReason', '')}".strip()[:SUMMARY_CHARACTERS]
    try:
        clients.codepipeline.put_approval_result(
            pipelineName=settings["CODEPIPELINE"],
            stageName=settings["WAIT_STAGE"],
            actionName=settings["WAIT_ACTION"],
            result={"status": ANSWERS[status], "summary": summary},
            token=approval.token,
        )
    except (
        clients.codepipeline.exceptions.ApprovalAlreadyCompletedException,
        clients.codepipeline.exceptions.InvalidApprovalTokenException,
    ):
        raise NothingToAnswer(f"the approval that waits for {arn} was answered before") from None
    return {"status": ANSWERS[status], "summary": summary}


def _open_approval(codepipeline: Any, settings: Mapping[str, str]) -> OpenApproval:
    """Return the open approval.

    Raises:
        NothingToAnswer: the approval is not open.
        KeyError: CodePipeline has no token for it yet; Lambda retries the event.
    """
    pipeline_state = codepipeline.get_pipeline_state(name=settings["CODEPIPELINE"])
    (stage,) = [item for item in pipeline_state["stageStates"] if item["stageName"] == settings["WAIT_STAGE"]]
    (action,) = [item for item in stage["actionStates"] if item["actionName"] == settings["WAIT_ACTION"]]
    latest = action.get("latestExecution", {})
    if latest.get("status") != "InProgress":
        raise NothingToAnswer(f"{settings['CODEPIPELINE']} waits for nothing: {latest.get('status', 'not started')}")
    return OpenApproval(stage["latestExecution"]["pipelineExecutionId"], latest["token"])


def _submitted_arn(codepipeline: Any, settings: Mapping[str, str], execution: str) -> str:
    """Return the ARN of the SageMaker execution that this CodePipeline execution started last, which is listed first.

    Raises:
        LookupError: it is not listed yet; Lambda retries the event.
    """
    pages = codepipeline.get_paginator("list_action_executions").paginate(
        pipelineName=settings["CODEPIPELINE"], filter={"pipelineExecutionId": execution}
    )
    for action in (detail for page in pages for detail in page["actionExecutionDetails"]):
        if (action["stageName"], action["actionName"]) == (settings["WAIT_STAGE"], settings["SUBMIT_ACTION"]):
            variables = action.get("output", {}).get("outputVariables", {})
            if "PipelineExecutionArn" in variables:
                return str(variables["PipelineExecutionArn"])
    raise LookupError(f"{settings['SUBMIT_ACTION']} of {execution} has started nothing yet")
