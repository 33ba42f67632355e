"""Lambda: invoke a function that local.toml names. Functions are not made here; their code is where it is."""

from __future__ import annotations

import io
import json
import time
from typing import Any

from local_sagemaker import invocations
from local_sagemaker.account import Account
from local_sagemaker.errors import ConfigError, ServiceError

SERVICE = "lambda"
TYPES = ("RequestResponse", "Event", "DryRun")
LOOK_SECONDS = 0.02


def invoke(
    account: Account, *, FunctionName: str, Payload: Any = b"", InvocationType: str = "RequestResponse", **_: Any
) -> dict[str, Any]:
    """Invoke, and wait for the end; an ``Event`` is not waited for, a ``DryRun`` does nothing.

    Raises:
        ServiceError: there is no such function, or the payload is no JSON.
    """
    if InvocationType not in TYPES:
        words = f"InvocationType is {InvocationType!r}; it must be one of {', '.join(TYPES)}"
        raise ServiceError(words, "InvalidParameterValueException")
    identifier, event = account.new_id(32), _event(Payload)
    try:
        invocations.function(account, FunctionName)
        if InvocationType == "DryRun":
            return _response(204, b"")
        invocations.begin(account, identifier, FunctionName, event)
    except ConfigError as error:
        raise ServiceError(str(error), "ResourceNotFoundException", 404) from None
    if InvocationType == "Event":
        return _response(202, b"")
    while (answer := invocations.look(account, identifier)) is None:
        time.sleep(LOOK_SECONDS)
    if not answer.error:
        return _response(200, json.dumps(answer.payload).encode())
    kind, _colon, message = answer.error.partition(": ")
    said = {"errorMessage": message, "errorType": kind} if message else {"errorMessage": kind}
    return _response(200, json.dumps(said).encode()) | {"FunctionError": "Unhandled"}


def _event(payload: Any) -> Any:
    text = payload.read() if hasattr(payload, "read") else payload
    try:
        return json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise ServiceError(
            f"Could not parse request body into json: {error}", "InvalidRequestContentException"
        ) from None


def _response(status: int, payload: bytes) -> dict[str, Any]:
    return {
        "StatusCode": status,
        "ExecutedVersion": "$LATEST",
        "Payload": io.BytesIO(payload),
        "ContentLength": len(payload),
    }
