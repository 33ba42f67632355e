"""List the conditions of a definition, including those inside Not and Or."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.conditions import CONDITION_MEMBERS
from local_sagemaker.definition.definition import Definition


def condition_entries(definition: Definition) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path and value of each condition whose Type is known."""
    for path, value, shape, _ in definition.slots:
        name = value.get("Type") if isinstance(value, dict) and shape.name.endswith("Condition") else None
        if isinstance(name, str) and name in CONDITION_MEMBERS:
            yield path, value
