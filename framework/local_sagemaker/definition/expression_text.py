"""Expressions and conditions as a person writes them."""

from __future__ import annotations

import json
import re
from typing import Any

from local_sagemaker.definition.expressions import is_expression

SIGNS = {
    "Equals": "=",
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": ">=",
    "LessThan": "<",
    "LessThanOrEqualTo": "<=",
}


def format_expression(value: Any) -> str:
    """A value on one line: ``s3://bucket/{Execution.PipelineExecutionId}/train``; what is no expression as JSON.

    The same prefix has the same spelling, however it is joined.
    """
    return _inner(value) if is_expression(value) else json.dumps(value, ensure_ascii=False)


def _inner(value: Any) -> str:
    """Text as it is, the open parts of an expression in braces."""
    match value:
        case {"Std:Join": {"On": str(on), "Values": list(values)}}:
            return on.join(map(_inner, values))
        case {"Std:JsonGet": {"Path": path, **source}}:
            return f"{{{_inner(next(iter(source.values()), '')).strip('{}')}: {_inner(path)}}}"
        case {"Get": str(path)}:
            return f"{{{path}}}"
        case str():
            return value
    return json.dumps(value, ensure_ascii=False)


def format_condition(condition: Any) -> str:
    """A condition in signs, each value by the last word of its path: ``mse <= MseThreshold``."""
    match condition:
        case {"Type": "Not", "Condition": inner}:
            return f"not ({format_condition(inner)})"
        case {"Type": "Or", "Conditions": list(inner)}:
            return " or ".join(map(format_condition, inner))
        case {"Type": "In", "QueryValue": value, "Values": values}:
            return f"{_short(value)} in {', '.join(map(_short, values if isinstance(values, list) else [values]))}"
        case {"Type": str(kind), "LeftValue": left, "RightValue": right} if kind in SIGNS:
            return f"{_short(left)} {SIGNS[kind]} {_short(right)}"
    return "?"


def _short(value: Any) -> str:
    match value:
        case {"Std:JsonGet": {"Path": str(path)}}:
            return path
        case {"Get": str(path)}:
            return _WORDS.findall(path)[-1] if _WORDS.search(path) else path
        case str():
            return f'"{value}"'
    return format_expression(value)


_WORDS = re.compile(r"[\w-]+")
