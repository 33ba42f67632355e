"""Loads the handlers of Lambda functions, each as a separate module as Lambda does: their folders are not packages."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

LAMBDAS_FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "lambdas"


def handler_path(function: str) -> Path:
    """Return the path of a function's handler."""
    return LAMBDAS_FOLDER / function / "handler.py"


def load_handler(function: str) -> ModuleType:
    """Load a function's handler, with the modules next to it, as Lambda does; return the new module."""
    specification = importlib.util.spec_from_file_location(function, handler_path(function))
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    folder = LAMBDAS_FOLDER / function
    sys.path.insert(0, str(folder))
    try:
        specification.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
        for file in folder.glob("*.py"):
            sys.modules.pop(file.stem, None)
    return module
