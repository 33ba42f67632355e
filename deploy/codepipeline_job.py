"""Handles jobs of CodePipeline: a Lambda action sends a function its parameters, and the function reports the result.

Uses the standard library only, because it is packed with functions.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from typing import Any

EVENT_KEY = "CodePipeline.job"
#: Longest message, and longest value of a variable, that CodePipeline accepts.
MESSAGE_CHARACTERS, VALUE_CHARACTERS = 5000, 1000


def is_job(event: Mapping[str, Any]) -> bool:
    """Return whether an event is a job of CodePipeline's."""
    return EVENT_KEY in event


def answer(
    event: Mapping[str, Any], codepipeline: Any, work: Callable[[dict[str, Any], dict[str, Any]], Mapping[str, Any]]
) -> dict[str, Any]:
    """Do the job and report the result to CodePipeline: the action's output variables, or why it failed.

    Args:
        event: the function's event.
        codepipeline: boto3's client.
        work: called with the action's UserParameters, which have to be a JSON object, and the job's data; returns the
            variables.
    """
    job = event[EVENT_KEY]
    try:
        result = dict(work(_user_parameters(job["data"]), job))
    except Exception as error:  # noqa: BLE001  without a result the action would run until its timeout
        traceback.print_exc()
        details = {"type": "JobFailed", "message": f"{type(error).__name__}: {error}"[:MESSAGE_CHARACTERS]}
        _report(codepipeline, codepipeline.put_job_failure_result, jobId=job["id"], failureDetails=details)
        return {"failed": details["message"]}
    variables = {name: str(value)[:VALUE_CHARACTERS] for name, value in result.items()}
    _report(codepipeline, codepipeline.put_job_success_result, jobId=job["id"], outputVariables=variables)
    return result


def _user_parameters(data: Mapping[str, Any]) -> dict[str, Any]:
    text = data["actionConfiguration"]["configuration"].get("UserParameters") or "{}"
    try:
        parameters = json.loads(text)
    except ValueError as error:
        raise ValueError(f"UserParameters is not valid JSON: {error}; it is {text!r}") from None
    if not isinstance(parameters, dict):
        raise ValueError(f"UserParameters has to be a JSON object; it is {text!r}")
    return parameters


def _report(codepipeline: Any, put: Callable[..., Any], **result: Any) -> None:
    """Report a result; ignore that it was reported before, because Lambda may invoke a function twice for one event."""
    try:
        put(**result)
    except codepipeline.exceptions.InvalidJobStateException:
        print(f"job {result['jobId']} was answered before")
