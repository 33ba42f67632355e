"""Declares which members of its request an operation takes, beside the operation's function."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from local_sagemaker.definition.members.table import REFUSED, Table, reports
from local_sagemaker.errors import NoEffectWarning, ServiceError

Operation = Callable[..., dict[str, Any]]
_TABLE = "request_table"
_SHOWN_WARNINGS: dict[str | tuple[str, type[Warning], int], int] = {}


def takes(table: Table) -> Callable[[Operation], Operation]:
    """Declare the members of an operation's request; the function's other keyword parameters are handled."""

    def declare(operation: Operation) -> Operation:
        undeclared = {name for name in _parameters(operation) if table.treatment(name) is None}
        setattr(operation, _TABLE, Table(" ".join(undeclared)) | table)
        return operation

    return declare


@cache
def request_table(operation: Operation) -> Table:
    """Return the members of an operation's request; without a declaration, its function's parameters."""
    return getattr(operation, _TABLE, None) or Table(" ".join(_parameters(operation)))


def accept(label: str, operation: Operation, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the operation's function; warn of each member that has no effect here.

    Args:
        label: the operation's name in messages.
        operation: the function, which is passed the members that are its parameters, or all if it takes any.
        request: the request.

    Raises:
        ServiceError: NotImplementedHere for a member, or a value, that is refused.
    """
    for path, treatment, reason in reports(request_table(operation), request):
        if treatment == REFUSED:
            raise not_implemented(f"{label} does not support {path} here: {reason}")
        _warn(f"{path} of {label} has no effect here: {reason}")
    if _takes_any(operation):
        return dict(request)
    return {name: request[name] for name in request.keys() & _parameters(operation)}


def _warn(message: str) -> None:
    """Issue a NoEffectWarning, which is shown once for each text, without a line of this package's code."""
    warnings.warn_explicit(message, NoEffectWarning, "local_sagemaker", 0, registry=_SHOWN_WARNINGS)


def not_implemented(message: str) -> ServiceError:
    """Return the error of a request that this machine does not carry out."""
    return ServiceError(f"{message}; the request was not sent", "NotImplementedHere", 501)


@cache
def _parameters(operation: Operation) -> frozenset[str]:
    parameters = inspect.signature(operation).parameters.values()
    return frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)


@cache
def _takes_any(operation: Operation) -> bool:
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(operation).parameters.values())
