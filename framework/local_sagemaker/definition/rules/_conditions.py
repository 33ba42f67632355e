"""The conditions of a definition, those inside Not and Or too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.conditions import MEMBERS
from local_sagemaker.definition.definition import Definition


def condition_entries(definition: Definition) -> Iterator[tuple[str, dict[str, Any]]]:
    """Path and condition, where its Type is one."""
    for path, value, shape, _ in definition.slots:
        kind = value.get("Type") if isinstance(value, dict) and shape.name.endswith("Condition") else None
        if isinstance(kind, str) and kind in MEMBERS:
            yield path, value
