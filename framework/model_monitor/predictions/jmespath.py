"""Evaluates JMESPath expressions, which select parts of a JSON document. https://jmespath.org"""

from __future__ import annotations

from typing import Any

from model_monitor.monitor_error import MonitorError


def search(expression: str, document: Any) -> Any:
    """Return what the expression selects; None if it selects nothing.

    Raises:
        MonitorError: the expression is not valid JMESPath, or jmespath is not installed.
    """
    try:
        import jmespath
    except ImportError:
        raise MonitorError("JMESPath expressions need the package jmespath: pip install jmespath") from None
    try:
        return jmespath.search(expression, document)
    except jmespath.exceptions.JMESPathError as error:
        raise MonitorError(f"{expression!r} cannot be used as JMESPath: {str(error).splitlines()[0]}") from None
