"""Format expressions and conditions as short text for people."""

from __future__ import annotations

import json
import re
from typing import Any

from local_sagemaker.definition.expressions import is_expression

COMPARISON_SIGNS = {
    "Equals": "=",
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": ">=",
    "LessThan": "<",
    "LessThanOrEqualTo": "<=",
}


def format_expression(value: Any) -> str:
    """Return a value on one line: ``s3://bucket/{Execution.PipelineExecutionId}/train``, or JSON if not an expression.

    The same prefix always gives the same text, however its parts are joined.
    """
    return _format_part(value) if is_expression(value) else json.dumps(value, ensure_ascii=False)


def _format_part(value: Any) -> str:
    """Return strings unchanged, and the unknown parts of an expression in braces."""
    match value:
        case {"Std:Join": {"On": str(on), "Values": list(values)}}:
            return on.join(map(_format_part, values))
        case {"Std:JsonGet": {"Path": path, **source}}:
            return f"{{{_format_part(next(iter(source.values()), '')).strip('{}')}: {_format_part(path)}}}"
        case {"Get": str(path)}:
            return f"{{{path}}}"
        case str():
            return value
    return json.dumps(value, ensure_ascii=False)


def format_condition(condition: Any) -> str:
    """Return a condition as a formula in which the last name of a path stands for it: ``mse <= MseThreshold``."""
    match condition:
        case {"Type": "Not", "Condition": inner}:
            return f"not ({format_condition(inner)})"
        case {"Type": "Or", "Conditions": list(inner)}:
            return " or ".join(map(format_condition, inner))
        case {"Type": "In", "QueryValue": value, "Values": values}:
            operands = map(_format_operand, values if isinstance(values, list) else [values])
            return f"{_format_operand(value)} in {', '.join(operands)}"
        case {"Type": str(name), "LeftValue": left, "RightValue": right} if name in COMPARISON_SIGNS:
            return f"{_format_operand(left)} {COMPARISON_SIGNS[name]} {_format_operand(right)}"
    return "?"


def _format_operand(value: Any) -> str:
    match value:
        case {"Std:JsonGet": {"Path": str(path)}}:
            return path
        case {"Get": str(path)}:
            return _PATH_NAME.findall(path)[-1] if _PATH_NAME.search(path) else path
        case str():
            return f'"{value}"'
    return format_expression(value)


_PATH_NAME = re.compile(r"[\w-]+")
