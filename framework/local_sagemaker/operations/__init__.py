"""The AWS operations that this machine answers: one function each, named as boto3 names it.

A module's name is a noun; modules that begin with an underscore are helpers. A module names its service in ``SERVICE``.
Each of its public functions is the operation of that name: ``def describe_pipeline(account, *, PipelineName): ...``.
The function gets the validated request as keywords and returns the response's members (times as ISO 8601 strings), or
raises ServiceError. The session and the step types call the same functions. What is done with each member of a request
is declared by ``takes``, above the function.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.operations._takes import Operation, accept, not_implemented


def call(account: Account, service: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
    """Answer ``service.name(**request)``, e.g. ``call(account, "sagemaker", "describe_pipeline", {...})``.

    Raises:
        ServiceError: the operation's own error, or NotImplementedHere for an unknown operation or request member.
    """
    operation = operations().get((service, name))
    if operation is None:
        raise not_implemented(f"{service}.{name} does not exist on this machine")
    return operation(account, **accept(f"{service}.{name}", operation, request))


@cache
def operations() -> dict[tuple[str, str], Operation]:
    """Return each function by (service, operation), from all modules of this package."""
    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__) if m.name[0] != "_"]
    return {
        (m.SERVICE, name): function for m in modules if hasattr(m, "SERVICE") for name, function in _public_functions(m)
    }


def _public_functions(module: ModuleType) -> Iterator[tuple[str, Operation]]:
    for name, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield name, value
