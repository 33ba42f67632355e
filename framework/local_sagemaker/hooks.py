"""Hooks into boto3: a function answers the calls of a session, and no request leaves the machine.

botocore calls its handlers at events of every call. ``provide-client-params`` passes them the caller's parameters;
``before-call``, after botocore has validated the parameters, may return the response, and then nothing is sent;
``before-send`` is the last event before the network. The handlers are registered on one session, never on botocore as
a whole, except in the processes of jobs and functions, whose code makes its own sessions (``job_calls``).
https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NoReturn

from local_sagemaker.request_checks import check_values

import boto3
import botocore.handlers
import botocore.session
from botocore import xform_name
from botocore.exceptions import EndpointConnectionError
from botocore.response import StreamingBody

#: (service, operation in snake case, parameters) -> the members of the response. An exception with a ``code`` becomes
#: botocore's ClientError with that code.
Handler = Callable[[str, str, dict[str, Any]], dict[str, Any]]


class LeavesTheMachine(Exception):
    """Raised when a request would be sent although a handler should have answered it."""


class IsolatedError(EndpointConnectionError):
    """Raised when a job with network isolation calls a service; on AWS, too, such a job cannot connect."""

    fmt = "{endpoint_url} cannot be reached: this job has network isolation (EnableNetworkIsolation)"


def refuse(service: str, operation: str, request: dict[str, Any]) -> NoReturn:
    """Raise IsolatedError for every call: the handler of a job with network isolation."""
    raise IsolatedError(endpoint_url=f"{service}.{operation}")


def session_answered_by(handler: Handler, region: str) -> boto3.Session:
    """Return a boto3.Session whose every call ``handler`` answers; it reads none of the user's files and profiles."""
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, "", None),
            "credentials_file": (None, None, "", None),
        }
    )
    session = boto3.Session(
        aws_access_key_id="local", aws_secret_access_key="local", region_name=region, botocore_session=core
    )
    answer(session, handler)
    return session


def answer(session: boto3.Session, handler: Handler) -> None:
    """Let ``handler`` answer every call of the clients that ``session`` makes from now on.

    It comes before a handler that answers every session of the process.
    """
    for event, hook in botocore_hooks(handler):
        session.events.register_first(event, hook)


def botocore_hooks(handler: Handler) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield each of botocore's events, with the function to call at it."""

    def remember(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        if context.get("is_presign_request"):
            raise LeavesTheMachine("a presigned URL would lead to AWS; read and write the object with this session")
        context["caller_parameters"] = params

    def reply(model: Any, context: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        service = model.service_model.service_name
        try:
            if model.input_shape:
                check_values(model.input_shape, context["caller_parameters"])
            members = handler(service, xform_name(model.name), context["caller_parameters"])
        except Exception as error:
            if not hasattr(error, "code"):
                raise
            return _error(error)
        return _success(model, members)

    def block(request: Any, **_: Any) -> NoReturn:
        raise LeavesTheMachine(f"{request.method} {request.url} would leave this machine")

    yield "provide-client-params", remember
    yield "before-call", reply
    yield "before-send", block


def _success(model: Any, members: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    parsed = shape_value(model.output_shape, members) if model.output_shape else {}
    if model.has_streaming_output:
        body = model.get_streaming_output() and model.output_shape.serialization["payload"]
        parsed[body] = StreamingBody(members[body], members["ContentLength"])
    return _reply(200, parsed)


def _error(error: Any) -> tuple[Any, dict[str, Any]]:
    return _reply(getattr(error, "status", 400), {"Error": {"Code": error.code, "Message": str(error)}})


def _reply(status: int, parsed: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    parsed["ResponseMetadata"] = {"RequestId": "local", "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    return SimpleNamespace(status_code=status, headers={}), parsed


def shape_value(shape: Any, value: Any) -> Any:
    """Return ``value`` as botocore would parse it: only the shape's members, times as datetimes, None left out."""
    match shape.type_name:
        case "structure":
            present = {n: m for n, m in shape.members.items() if value.get(n) is not None}
            return {n: shape_value(m, value[n]) for n, m in present.items() if not m.serialization.get("streaming")}
        case "list":
            return [shape_value(shape.member, item) for item in value]
        case "map":
            return {key: shape_value(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return datetime.fromisoformat(value) if isinstance(value, str) else value
    return value
