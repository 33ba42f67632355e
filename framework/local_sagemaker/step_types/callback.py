"""Callback puts a message into a queue, and waits until somebody answers with its token.

A queue that is not there is made. When the execution is stopped, a message says so, and nobody is waited for any more.
https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-callback
"""

from __future__ import annotations

import json
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import NotFoundError
from local_sagemaker.operations.callbacks import KIND, WAITING
from local_sagemaker.queues import deliver
from local_sagemaker.step_types.handler import Handler, Outcome, Request


def start(account: Account, request: Request) -> Outcome:
    """Send the message: token, execution, the step's arguments."""
    token, url = _token(request.job_name), request.settings["SqsQueueUrl"]
    record = {
        "Status": WAITING,
        "Url": url,
        "PipelineExecutionArn": request.token.rpartition("/")[0],
        "Arguments": request.arguments,
        "Declared": {one["OutputName"]: one["OutputType"] for one in request.settings.get("OutputParameters") or ()},
    }
    account.store.insert(KIND, token, record)
    _send(account, token, record, "Executing")
    return Outcome("Executing", metadata=_metadata(token, record))


def poll(account: Account, job_name: str) -> Outcome:
    """Whether it has been answered.

    Raises:
        NotFoundError: nobody was ever asked.
    """
    token = _token(job_name)
    record = account.store.get(KIND, token)
    if record is None:
        raise NotFoundError(f"nobody was asked with the token {token!r}")
    if record["Status"] == WAITING:
        return Outcome("Executing", metadata=_metadata(token, record))
    reason = record.get("Reason", "")
    failure = f"ClientError: {reason or 'whoever was asked said no'}" if record["Status"] == "Failed" else ""
    properties = {"OutputParameters": record.get("Outputs", {})}
    return Outcome(record["Status"], properties, _metadata(token, record), failure)


def stop(account: Account, job_name: str) -> None:
    """Tell whoever may look into the queue; a step that was answered meanwhile stays answered."""
    token = _token(job_name)
    with account.store.transaction() as records:
        record = records.get(KIND, token) or {}
        if record.get("Status") == WAITING:
            records.update(KIND, token, {"Status": "Stopped"})
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
    deliver(account, record["Url"], json.dumps(body))


def _metadata(token: str, record: dict[str, Any]) -> dict[str, Any]:
    found = [{"Name": name, "Value": str(value)} for name, value in record.get("Outputs", {}).items()]
    return {"Callback": {"CallbackToken": token, "SqsQueueUrl": record["Url"], "OutputParameters": found}}


ROWS = {"Callback": Handler("executed", start, poll, stop, is_idle=True)}
