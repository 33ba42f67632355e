"""Lambda invokes a function and hands on what it gives back: flat values, of the types that the step declares.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-lambda
"""

from __future__ import annotations

import json
from typing import Any

from local_sagemaker import invocations
from local_sagemaker.account import Account
from local_sagemaker.definition.language import OUTPUT_TYPES
from local_sagemaker.errors import JobError
from local_sagemaker.step_types.handler import Handler, Outcome, Request

KIND = "lambda-step"  # of the record that says what an invocation is for
#: A step waits no longer, whatever the function's own timeout.
STEP_SECONDS, VALUE_CHARACTERS = 600, 1024


def start(account: Account, request: Request) -> Outcome:
    """Invoke the function with the step's arguments.

    Raises:
        ConfigError: local.toml has no such function.
    """
    arn = request.settings["FunctionArn"]
    declared = {one["OutputName"]: one["OutputType"] for one in request.settings.get("OutputParameters") or ()}
    account.store.insert(KIND, request.job_name, {"Arn": arn, "Declared": declared})
    invocations.begin(account, request.job_name, arn, request.arguments, STEP_SECONDS)
    return Outcome("Executing", metadata={"Lambda": {"Arn": arn, "OutputParameters": []}})


def poll(account: Account, job_name: str) -> Outcome:
    """How the invocation stands."""
    record, answer = account.store.get(KIND, job_name) or {}, invocations.read_answer(account, job_name)
    arn = record["Arn"]
    metadata: dict[str, Any] = {"Lambda": {"Arn": arn, "OutputParameters": []}}
    if answer is None:
        return Outcome("Executing", metadata=metadata)
    try:
        if answer.error:
            raise JobError(f"ClientError: Lambda function {arn} failed: {answer.error}")
        found = outputs(record["Declared"], answer.payload)
    except JobError as error:
        return Outcome("Failed", {}, metadata, str(error))
    metadata["Lambda"]["OutputParameters"] = [{"Name": name, "Value": _text(value)} for name, value in found.items()]
    return Outcome("Succeeded", {"OutputParameters": found}, metadata)


def outputs(declared: dict[str, str], payload: Any) -> dict[str, Any]:
    """The declared ones of what a function gave back.

    Raises:
        JobError: one is missing, of another type, nested, or longer than the service takes.
    """
    if declared and not isinstance(payload, dict):
        raise JobError(f"ClientError: the function gave back {_shown(payload)}, no object with {', '.join(declared)}")
    for name, kind in declared.items():
        if name not in payload:
            raise JobError(
                f"ClientError: the function gave back no {name!r}; it gave {', '.join(payload) or 'nothing'}"
            )
        value = payload[name]
        if type(value) not in OUTPUT_TYPES[kind]:
            nested = "; outputs are flat" if isinstance(value, dict | list) else ""
            raise JobError(f"ClientError: output {name!r} is {_shown(value)}, not of type {kind}{nested}")
        if len(_text(value)) > VALUE_CHARACTERS:
            raise JobError(f"ClientError: output {name!r} has {len(_text(value))} characters, not {VALUE_CHARACTERS}")
    return {name: payload[name] for name in declared}


def _shown(value: Any) -> str:
    return json.dumps(value)[:80]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


ROWS = {"Lambda": Handler("executed", start, poll)}
