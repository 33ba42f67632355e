"""JMESPath expressions, which say where in a JSON document something stands. https://jmespath.org"""

from __future__ import annotations

from typing import Any

from model_monitor.monitor_error import MonitorError


def search(expression: str, document: Any) -> Any:
    """What the expression finds; None where it finds nothing.

    Raises:
        MonitorError: it is no JMESPath expression, or jmespath is not installed.
    """
    try:
        import jmespath
    except ImportError:
        raise MonitorError("JMESPath expressions need the package jmespath: pip install jmespath") from None
    try:
        return jmespath.search(expression, document)
    except jmespath.exceptions.JMESPathError as error:
        raise MonitorError(f"{expression!r} cannot be used as JMESPath: {str(error).splitlines()[0]}") from None
