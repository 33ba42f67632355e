"""Runs Lambda steps: invokes a function and passes on its results, which are flat values of the declared types.

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

RECORD_KIND = "lambda-step"  # kind of the record of a step's invocation
#: Limits of a step: its longest wait, whatever the function's own timeout, and the longest value.
STEP_SECONDS, VALUE_CHARACTERS = 600, 1024


def start(account: Account, request: Request) -> Outcome:
    """Invoke the function with the step's arguments.

    Raises:
        ConfigError: if there is no such function.
    """
    arn = request.settings["FunctionArn"]
    declared = {output["OutputName"]: output["OutputType"] for output in request.settings.get("OutputParameters") or ()}
    account.store.insert(RECORD_KIND, request.job_name, {"Arn": arn, "Declared": declared})
    invocations.begin(account, request.job_name, arn, request.arguments, STEP_SECONDS)
    return Outcome("Executing", metadata={"Lambda": {"Arn": arn, "OutputParameters": []}})


def poll(account: Account, job_name: str) -> Outcome:
    """Return the outcome of the invocation."""
    record, answer = account.store.get(RECORD_KIND, job_name) or {}, invocations.read_answer(account, job_name)
    arn = record["Arn"]
    metadata: dict[str, Any] = {"Lambda": {"Arn": arn, "OutputParameters": []}}
    if answer is None:
        return Outcome("Executing", metadata=metadata)
    try:
        if answer.error:
            raise JobError(f"ClientError: Lambda function {arn} failed: {answer.error}")
        values = declared_outputs(record["Declared"], answer.payload)
    except JobError as error:
        return Outcome("Failed", {}, metadata, str(error))
    metadata["Lambda"]["OutputParameters"] = [{"Name": name, "Value": _format(value)} for name, value in values.items()]
    return Outcome("Succeeded", {"OutputParameters": values}, metadata)


def declared_outputs(declared: dict[str, str], payload: Any) -> dict[str, Any]:
    """Return the declared outputs among the values that a function returned.

    Raises:
        JobError: if one is missing, of another type, nested, or longer than the service accepts.
    """
    if declared and not isinstance(payload, dict):
        raise JobError(
            f"ClientError: the function returned {_shorten(payload)}, not an object with {', '.join(declared)}"
        )
    for name, output_type in declared.items():
        if name not in payload:
            raise JobError(
                f"ClientError: the function returned no {name!r}; it returned {', '.join(payload) or 'nothing'}"
            )
        value = payload[name]
        if type(value) not in OUTPUT_TYPES[output_type]:
            nested = "; outputs are flat" if isinstance(value, dict | list) else ""
            raise JobError(f"ClientError: output {name!r} is {_shorten(value)}, not of type {output_type}{nested}")
        if len(_format(value)) > VALUE_CHARACTERS:
            raise JobError(
                f"ClientError: output {name!r} has {len(_format(value))} characters; the limit is {VALUE_CHARACTERS}"
            )
    return {name: payload[name] for name in declared}


def _shorten(value: Any) -> str:
    return json.dumps(value)[:80]


def _format(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


HANDLERS = {"Lambda": Handler("executed", start, poll)}
