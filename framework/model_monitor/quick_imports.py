"""XGBoost without its wrappers for scikit-learn: to import those takes three times as long as all the rest of it.

Only for what uses neither the wrappers nor, before, scikit-learn: a booster that is trained, loaded or asked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


def import_xgboost() -> Any:
    """The module; with its wrappers where scikit-learn has been imported already.

    Raises:
        ImportError: it is not installed.
    """
    with _without("sklearn"):
        return import_module("xgboost")


@contextmanager
def _without(package: str) -> Iterator[None]:
    """Within, a package that has not been imported is not there."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # https://docs.python.org/3/reference/import.html#the-module-cache
    try:
        yield
    finally:
        del sys.modules[package]
