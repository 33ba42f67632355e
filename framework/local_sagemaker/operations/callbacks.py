"""Operations that answer Callback steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.table import Table
from local_sagemaker.errors import NotFoundError, ValidationError
from local_sagemaker.operations._takes import takes

SERVICE = "sagemaker"
#: The kind of record for a step that waits or has been answered; the record's name is the token.
CALLBACK_RECORD = "callback"
WAITING = "Waiting"
_REPEATED_ANSWER = {"ClientRequestToken": "a step is answered once"}
BOOLEANS = {"true": True, "false": False}


@takes(Table("OutputParameters.Name OutputParameters.Value", recorded=_REPEATED_ANSWER))
def send_pipeline_execution_step_success(
    account: Account,
    *,
    CallbackToken: str,
    OutputParameters: list[dict[str, str]] | None = None,
    ClientRequestToken: str | None = None,
) -> dict[str, Any]:
    """Mark a waiting step as succeeded, with these outputs (SendPipelineExecutionStepSuccess)."""
    callback = _waiting_callback(account, CallbackToken)
    strings = {parameter["Name"]: parameter["Value"] for parameter in OutputParameters or ()}
    outputs = _parse_outputs(callback["Declared"], strings)
    return _record_answer(account, CallbackToken, {"Status": "Succeeded", "Outputs": outputs})


@takes(Table(recorded=_REPEATED_ANSWER))
def send_pipeline_execution_step_failure(
    account: Account, *, CallbackToken: str, FailureReason: str = "", ClientRequestToken: str | None = None
) -> dict[str, Any]:
    """Mark a waiting step as failed, for this reason (SendPipelineExecutionStepFailure)."""
    _waiting_callback(account, CallbackToken)
    return _record_answer(account, CallbackToken, {"Status": "Failed", "Reason": FailureReason})


def _waiting_callback(account: Account, token: str) -> dict[str, Any]:
    callback = account.store.get(CALLBACK_RECORD, token)
    if callback is None:
        raise NotFoundError(f"no step of this account waits for an answer with the token {token!r}")
    return _check_waiting(token, callback)


def _record_answer(account: Account, token: str, answer: dict[str, Any]) -> dict[str, Any]:
    with account.store.transaction() as records:
        _check_waiting(
            token, records.get(CALLBACK_RECORD, token) or {}
        )  # of two answers at the same time only one counts
        return {"PipelineExecutionArn": records.update(CALLBACK_RECORD, token, answer)["PipelineExecutionArn"]}


def _check_waiting(token: str, callback: dict[str, Any]) -> dict[str, Any]:
    if callback["Status"] != WAITING:
        raise ValidationError(f"the step of token {token!r} no longer waits: it is {callback['Status']}")
    return callback


def _parse_outputs(declared: dict[str, str], strings: dict[str, str]) -> dict[str, Any]:
    """Return the outputs, converted to the types that the step declares.

    Raises:
        ValidationError: an output is missing, undeclared, or not a value of its type.
    """
    if strings.keys() != declared.keys():
        declared_outputs = ", ".join(f"{name} ({output_type})" for name, output_type in declared.items()) or "none"
        raise ValidationError(f"the outputs are {', '.join(strings) or 'none'}; the step declares {declared_outputs}")
    return {name: _parse_output(name, declared[name], text) for name, text in strings.items()}


def _parse_output(name: str, output_type: str, text: str) -> Any:
    try:
        return PARSERS[output_type](text)
    except (ValueError, KeyError):
        raise ValidationError(f"output {name!r} is {text!r}, which is not a value of type {output_type}") from None


def _parse_integer(text: str) -> int:
    if not text.removeprefix("-").isdecimal():
        raise ValueError
    return int(text)


def _parse_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


#: Output type -> parser of its string.
PARSERS: dict[str, Callable[[str], Any]] = {
    "Boolean": lambda text: BOOLEANS[text.lower()],
    "Float": _parse_float,
    "Integer": _parse_integer,
    "String": str,
}
