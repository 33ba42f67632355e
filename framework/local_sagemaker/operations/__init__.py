"""The operations of AWS that this machine answers: one function each, in boto3's own words.

A module is a noun; one with an underscore helps others. It names its service in ``SERVICE``; every public function in
it is the operation of that name: ``def describe_pipeline(account, *, PipelineName): ...``. It gets the validated
request as keywords and returns the response's members (times as ISO 8601 text), or raises ServiceError. The session and
the step types call the same ones.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ServiceError

Operation = Callable[..., dict[str, Any]]


def call(account: Account, service: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
    """Answer ``service.name(**request)``, e.g. ``call(account, "sagemaker", "describe_pipeline", {...})``.

    Raises:
        ServiceError: the operation's own refusal; NotImplementedHere for an operation or a member that is not there.
    """
    operation = operations().get((service, name))
    if operation is None:
        raise _missing(f"{service}.{name} does not exist on this machine")
    known = inspect.signature(operation).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
        for member in request.keys() - known.keys():
            raise _missing(f"{service}.{name} does not take {member} on this machine")
    return operation(account, **request)


@cache
def operations() -> dict[tuple[str, str], Operation]:
    """(service, operation) -> function, found by listing this folder."""
    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__) if m.name[0] != "_"]
    return {(m.SERVICE, name): function for m in modules if hasattr(m, "SERVICE") for name, function in _public(m)}


def _public(module: ModuleType) -> Iterator[tuple[str, Operation]]:
    for name, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield name, value


def _missing(message: str) -> ServiceError:
    return ServiceError(f"{message}; the request was not sent anywhere", "NotImplementedHere", 501)
