"""Imports XGBoost without its wrappers for scikit-learn, which take three times as long to import as all else in it.

This suits code that uses neither the wrappers nor, earlier, scikit-learn: code that trains, loads or calls a booster.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


def import_xgboost() -> Any:
    """Import XGBoost; with its wrappers if scikit-learn has been imported already.

    Raises:
        ImportError: XGBoost is not installed.
    """
    with _hide("sklearn"):
        return import_module("xgboost")


@contextmanager
def _hide(package: str) -> Iterator[None]:
    """Hide a package inside the context, unless it has been imported already."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # https://docs.python.org/3/reference/import.html#the-module-cache
    try:
        yield
    finally:
        del sys.modules[package]
