"""What a Lambda step says of its function: which it is, and what it gives back.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-lambda
"""

from __future__ import annotations

import json
from typing import Any

from local_sagemaker.definition.errors import DefinitionError, did_you_mean
from local_sagemaker.definition.language import MAX_OUTPUTS, OUTPUT_TYPES


def output_parameters(step: str, raw: dict[str, Any]) -> dict[str, str]:
    """Name -> type of the outputs that a Lambda step declares.

    Raises:
        DefinitionError: no FunctionArn, or an output without a name or of an unknown type.
    """
    if not raw.get("FunctionArn") or not isinstance(raw["FunctionArn"], str | dict):
        raise DefinitionError(f"step {step!r} is a Lambda step, and has no FunctionArn")
    entries = raw.get("OutputParameters") or []
    if not isinstance(entries, list) or not all(isinstance(e, dict) and _is_name(e.get("OutputName")) for e in entries):
        raise DefinitionError(f"step {step!r}: OutputParameters must be a list of OutputName and OutputType")
    if len(entries) > MAX_OUTPUTS:
        raise DefinitionError(f"step {step!r} has {len(entries)} OutputParameters; the service takes {MAX_OUTPUTS}")
    found = {str(entry["OutputName"]): _type(step, entry) for entry in entries}
    if len(found) < len(entries):
        raise DefinitionError(f"step {step!r}: two OutputParameters have the same OutputName")
    return found


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _type(step: str, entry: dict[str, Any]) -> str:
    kind = entry.get("OutputType")
    if not isinstance(kind, str) or kind not in OUTPUT_TYPES:
        known = f"known: {', '.join(OUTPUT_TYPES)}{did_you_mean(str(kind), OUTPUT_TYPES)}"
        raise DefinitionError(f"step {step!r}: output {entry['OutputName']!r} is of type {json.dumps(kind)}; {known}")
    return kind
