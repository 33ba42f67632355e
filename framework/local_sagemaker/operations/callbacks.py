"""The answers to Callback steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import NotFoundError, ValidationError

SERVICE = "sagemaker"
#: Of the record of a step that waits, or has been answered; its name is the token.
KIND = "callback"
WAITING = "Waiting"
BOOLEANS = {"true": True, "false": False}


def send_pipeline_execution_step_success(
    account: Account,
    *,
    CallbackToken: str,
    OutputParameters: list[dict[str, str]] | None = None,
    ClientRequestToken: str | None = None,
) -> dict[str, Any]:
    """SendPipelineExecutionStepSuccess: the step has succeeded, with these outputs."""
    callback = _waiting(account, CallbackToken)
    given = {one["Name"]: one["Value"] for one in OutputParameters or ()}
    outputs = _typed(callback["Declared"], given)
    return _answered(account, CallbackToken, {"Status": "Succeeded", "Outputs": outputs})


def send_pipeline_execution_step_failure(
    account: Account, *, CallbackToken: str, FailureReason: str = "", ClientRequestToken: str | None = None
) -> dict[str, Any]:
    """SendPipelineExecutionStepFailure: the step has failed, for this reason."""
    _waiting(account, CallbackToken)
    return _answered(account, CallbackToken, {"Status": "Failed", "Reason": FailureReason})


def _waiting(account: Account, token: str) -> dict[str, Any]:
    callback = account.store.get(KIND, token)
    if callback is None:
        raise NotFoundError(f"no step of this account waits for an answer with the token {token!r}")
    return _unanswered(token, callback)


def _answered(account: Account, token: str, answer: dict[str, Any]) -> dict[str, Any]:
    with account.store.transaction() as records:
        _unanswered(token, records.get(KIND, token) or {})  # of two answers at the same time one counts
        return {"PipelineExecutionArn": records.update(KIND, token, answer)["PipelineExecutionArn"]}


def _unanswered(token: str, callback: dict[str, Any]) -> dict[str, Any]:
    if callback["Status"] != WAITING:
        raise ValidationError(f"the step of token {token!r} waits no more: it is {callback['Status']}")
    return callback


def _typed(declared: dict[str, str], given: dict[str, str]) -> dict[str, Any]:
    """The outputs, by the types that the step declares.

    Raises:
        ValidationError: one is missing, is not declared, or is no such value.
    """
    if given.keys() != declared.keys():
        wanted = ", ".join(f"{name} ({kind})" for name, kind in declared.items()) or "none"
        raise ValidationError(f"the outputs given are {', '.join(given) or 'none'}; the step has {wanted}")
    return {name: _value(name, declared[name], text) for name, text in given.items()}


def _value(name: str, kind: str, text: str) -> Any:
    try:
        return READ[kind](text)
    except (ValueError, KeyError):
        raise ValidationError(f"output {name!r} is {text!r}, which is no {kind}") from None


def _whole(text: str) -> int:
    if not text.removeprefix("-").isdecimal():
        raise ValueError
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


#: Type of an output -> how its text is read.
READ: dict[str, Callable[[str], Any]] = {
    "Boolean": lambda text: BOOLEANS[text.lower()],
    "Float": _finite,
    "Integer": _whole,
    "String": str,
}
