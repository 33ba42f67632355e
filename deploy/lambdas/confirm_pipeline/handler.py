"""Lambda function: answers the approval by which CodePipeline waits for an execution of SageMaker's.

Events: an execution of the pipeline has ended (SageMaker's); CodePipeline has begun to wait (CodePipeline's). Whichever
comes last is answered, so that an execution which ends before CodePipeline waits for it is noticed, too.

Environment: CODEPIPELINE, its name; WAIT_STAGE and WAIT_ACTION, the approval; SUBMIT_ACTION, the action of the same
stage whose output variable PipelineExecutionArn says which execution it waits for.

Approved where the execution has succeeded, rejected where it has ended otherwise. Where no event comes, the approval's
own time ends the wait, and a person may answer it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import boto3

ENDED = {"Succeeded": "Approved", "Failed": "Rejected", "Stopped": "Rejected"}
SUMMARY = 512  # characters that CodePipeline takes of an answer


class Clients(NamedTuple):
    """Of AWS's services."""

    codepipeline: Any
    sagemaker: Any


class Waiting(NamedTuple):
    """An approval that is open: of which execution of CodePipeline's, and what it is answered with."""

    execution: str
    token: str


class NothingToAnswer(Exception):
    """Raised where there is nothing to answer, or not yet; the message says why."""


def lambda_handler(
    event: dict[str, Any], context: Any, clients: Clients | None = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Answer it, where it is open and the execution has ended."""
    clients = clients or Clients(boto3.client("codepipeline"), boto3.client("sagemaker"))
    try:
        found: dict[str, Any] = {"answered": True, **_answered(clients, settings)}
    except NothingToAnswer as error:
        found = {"answered": False, "reason": str(error)}
    print(json.dumps(found))
    return found


def _answered(clients: Clients, settings: Mapping[str, str]) -> dict[str, Any]:
    waiting = _waiting(clients.codepipeline, settings)
    arn = _submitted(clients.codepipeline, settings, waiting.execution)
    described = clients.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    status = described["PipelineExecutionStatus"]
    if status not in ENDED:
        raise NothingToAnswer(f"{arn} is {status}")
    summary = f"{arn} has ended: {status}. {described.get('FailureReason', '')}".strip()[:SUMMARY]
    try:
        clients.codepipeline.put_approval_result(
            pipelineName=settings["CODEPIPELINE"],
            stageName=settings["WAIT_STAGE"],
            actionName=settings["WAIT_ACTION"],
            result={"status": ENDED[status], "summary": summary},
            token=waiting.token,
        )
    except (
        clients.codepipeline.exceptions.ApprovalAlreadyCompletedException,
        clients.codepipeline.exceptions.InvalidApprovalTokenException,
    ):
        raise NothingToAnswer(f"the approval that waits for {arn} has been answered before") from None
    return {"status": ENDED[status], "summary": summary}


def _waiting(codepipeline: Any, settings: Mapping[str, str]) -> Waiting:
    """The open approval.

    Raises:
        NothingToAnswer: it is not open.
        KeyError: CodePipeline has no token for it yet; Lambda tries the event again.
    """
    state = codepipeline.get_pipeline_state(name=settings["CODEPIPELINE"])
    (stage,) = [one for one in state["stageStates"] if one["stageName"] == settings["WAIT_STAGE"]]
    (action,) = [one for one in stage["actionStates"] if one["actionName"] == settings["WAIT_ACTION"]]
    latest = action.get("latestExecution", {})
    if latest.get("status") != "InProgress":
        raise NothingToAnswer(f"{settings['CODEPIPELINE']} waits for nothing: {latest.get('status', 'not begun')}")
    return Waiting(stage["latestExecution"]["pipelineExecutionId"], latest["token"])


def _submitted(codepipeline: Any, settings: Mapping[str, str], execution: str) -> str:
    """ARN of what this execution of CodePipeline's has started; that of the newest try, which is told of first.

    Raises:
        LookupError: it is not told of yet; Lambda tries the event again.
    """
    pages = codepipeline.get_paginator("list_action_executions").paginate(
        pipelineName=settings["CODEPIPELINE"], filter={"pipelineExecutionId": execution}
    )
    for one in (detail for page in pages for detail in page["actionExecutionDetails"]):
        if (one["stageName"], one["actionName"]) == (settings["WAIT_STAGE"], settings["SUBMIT_ACTION"]):
            variables = one.get("output", {}).get("outputVariables", {})
            if "PipelineExecutionArn" in variables:
                return str(variables["PipelineExecutionArn"])
    raise LookupError(f"{settings['SUBMIT_ACTION']} of {execution} has started nothing yet")
