"""Handles the step types: starts each, and polls whether it has ended.

A type that simply is an operation of the API is an entry of ``operation_steps.HANDLERS``. Other types are modules with

    TYPE = "Fail"
    FIDELITY = "executed"
    def start(account, request): ...    -> Outcome

A handler gets evaluated arguments and returns properties, a dict shaped like the Describe response, because
``Get: Steps.Name...`` follows its members. It never sees another step.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from local_sagemaker.step_types.handler import Handler


def handlers() -> dict[str, Handler]:
    """Return step type -> handler, from every module in this folder."""
    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
    by_type: dict[str, Handler] = {}
    for module in modules:
        by_type |= getattr(module, "HANDLERS", {})
        if hasattr(module, "TYPE"):
            by_type[module.TYPE] = Handler(module.FIDELITY, module.start)
    return by_type
