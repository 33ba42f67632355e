"""The step types: how each starts, and how it is asked whether it has ended.

A type that simply is an operation of the API is a row of ``operation_steps.ROWS``. Any other is a module here with

    TYPE = "Fail"
    FIDELITY = "executed"
    def start(account, request): ...    -> Outcome

A handler gets evaluated arguments and returns properties, a dict shaped like the Describe response, because that is
what ``Get: Steps.Name...`` walks. It never sees another step.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from local_sagemaker.step_types.handler import Handler


def handlers() -> dict[str, Handler]:
    """Step type -> handler, found by listing this folder."""
    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
    found: dict[str, Handler] = {}
    for module in modules:
        found |= getattr(module, "ROWS", {})
        if hasattr(module, "TYPE"):
            found[module.TYPE] = Handler(module.FIDELITY, module.start)
    return found
