"""One step of a definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """A step. ``arguments`` and ``settings`` (what stands beside them) still hold expressions; ``branches`` name the
    steps of IfSteps and ElseSteps."""

    name: str
    type: str
    arguments: dict[str, Any]
    branches: dict[str, tuple[str, ...]] = field(default_factory=dict)
    property_files: dict[str, dict[str, str]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
