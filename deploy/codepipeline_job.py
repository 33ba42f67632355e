"""Jobs of CodePipeline: what a Lambda action asks a function for, and how the function tells what came of it.

Standard library only, as functions carry it.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from typing import Any

EVENT = "CodePipeline.job"
#: Longest that CodePipeline takes of a message, and of the value of a variable.
MESSAGE, VALUE = 5000, 1000


def is_job(event: Mapping[str, Any]) -> bool:
    """Whether an event is a job of CodePipeline's."""
    return EVENT in event


def answer(
    event: Mapping[str, Any], codepipeline: Any, work: Callable[[dict[str, Any], dict[str, Any]], Mapping[str, Any]]
) -> dict[str, Any]:
    """Do the job, and tell CodePipeline how that ended: the action's output variables, or why it failed.

    Args:
        event: of the function.
        codepipeline: boto3's client.
        work: gets the action's UserParameters, which have to be a JSON object, and the job's data; what it gives back
            are the variables.
    """
    job = event[EVENT]
    try:
        found = dict(work(_asked(job["data"]), job))
    except Exception as error:  # noqa: BLE001  an action that is told nothing runs on until its time is up
        traceback.print_exc()
        details = {"type": "JobFailed", "message": f"{type(error).__name__}: {error}"[:MESSAGE]}
        _tell(codepipeline, codepipeline.put_job_failure_result, jobId=job["id"], failureDetails=details)
        return {"failed": details["message"]}
    variables = {name: str(value)[:VALUE] for name, value in found.items()}
    _tell(codepipeline, codepipeline.put_job_success_result, jobId=job["id"], outputVariables=variables)
    return found


def _asked(data: Mapping[str, Any]) -> dict[str, Any]:
    text = data["actionConfiguration"]["configuration"].get("UserParameters") or "{}"
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"UserParameters is no JSON: {error}; it is {text!r}") from None
    if not isinstance(found, dict):
        raise ValueError(f"UserParameters has to be a JSON object; it is {text!r}")
    return found


def _tell(codepipeline: Any, put: Callable[..., Any], **result: Any) -> None:
    """Lambda may call a function twice for one event: what has been told is told."""
    try:
        put(**result)
    except codepipeline.exceptions.InvalidJobStateException:
        print(f"job {result['jobId']} has been answered before")
