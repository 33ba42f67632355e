"""Runs Callback steps: puts a message into a queue, and waits for an answer with the message's token.

A missing queue is created. If the execution is stopped, a second message says so, and the step stops waiting.
https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-callback
"""

from __future__ import annotations

import json
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import NotFoundError
from local_sagemaker.operations.callbacks import CALLBACK_RECORD, WAITING
from local_sagemaker.queues import deliver_message
from local_sagemaker.step_types.handler import Handler, Outcome, Request


def start(account: Account, request: Request) -> Outcome:
    """Send the message with the token, the execution and the step's arguments."""
    token, url = _token(request.job_name), request.settings["SqsQueueUrl"]
    record = {
        "Status": WAITING,
        "Url": url,
        "PipelineExecutionArn": request.token.rpartition("/")[0],
        "Arguments": request.arguments,
        "Declared": {
            output["OutputName"]: output["OutputType"] for output in request.settings.get("OutputParameters") or ()
        },
    }
    account.store.insert(CALLBACK_RECORD, token, record)
    _send(account, token, record, "Executing")
    return Outcome("Executing", metadata=_metadata(token, record))


def poll(account: Account, job_name: str) -> Outcome:
    """Return the outcome: Executing until the message is answered.

    Raises:
        NotFoundError: if no message was ever sent.
    """
    token = _token(job_name)
    record = account.store.get(CALLBACK_RECORD, token)
    if record is None:
        raise NotFoundError(f"no message was sent with the token {token!r}")
    if record["Status"] == WAITING:
        return Outcome("Executing", metadata=_metadata(token, record))
    reason = record.get("Reason", "")
    failure = f"ClientError: {reason or 'the callback reported a failure'}" if record["Status"] == "Failed" else ""
    properties = {"OutputParameters": record.get("Outputs", {})}
    return Outcome(record["Status"], properties, _metadata(token, record), failure)


def stop(account: Account, job_name: str) -> None:
    """Send a message that the step is stopping, unless it has been answered meanwhile."""
    token = _token(job_name)
    with account.store.transaction() as records:
        record = records.get(CALLBACK_RECORD, token) or {}
        if record.get("Status") == WAITING:
            records.update(CALLBACK_RECORD, token, {"Status": "Stopped"})
    if record.get("Status") == WAITING:
        _send(account, token, record, "Stopping")


def _token(job_name: str) -> str:
    return job_name.rpartition("-")[2]


def _send(account: Account, token: str, record: dict[str, Any], status: str) -> None:
    body = {
        "token": token,
        "pipelineExecutionArn": record["PipelineExecutionArn"],
        "arguments": record["Arguments"],
        "status": status,
    }
    deliver_message(account, record["Url"], json.dumps(body))


def _metadata(token: str, record: dict[str, Any]) -> dict[str, Any]:
    outputs = [{"Name": name, "Value": str(value)} for name, value in record.get("Outputs", {}).items()]
    return {"Callback": {"CallbackToken": token, "SqsQueueUrl": record["Url"], "OutputParameters": outputs}}


HANDLERS = {"Callback": Handler("executed", start, poll, stop, is_idle=True)}
