"""Defines the error for unusable input. Each error has an exit code; the command catches it in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MonitorError(Exception):
    """Raised if the input, the baseline or a setting cannot be used; the message says what, where, and what to do."""

    exit_code = 2


@contextmanager
def missing_package_as_error() -> Iterator[None]:
    """Raise MonitorError for a package that an analysis imports when it needs it, and that is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MonitorError(f"this analysis needs the package {error.name}, which is not installed") from None
