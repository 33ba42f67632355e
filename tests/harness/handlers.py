"""Handlers of Lambda functions, each a module of its own as Lambda loads it: their folders are no packages."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "lambdas"


def path_of(function: str) -> Path:
    """Where a function's handler lies."""
    return FOLDER / function / "handler.py"


def handler_of(function: str) -> ModuleType:
    """Its module, loaded anew, with what lies beside it, as in Lambda."""
    specification = importlib.util.spec_from_file_location(function, path_of(function))
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    folder = FOLDER / function
    sys.path.insert(0, str(folder))
    try:
        specification.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
        for beside in folder.glob("*.py"):
            sys.modules.pop(beside.stem, None)
    return module
