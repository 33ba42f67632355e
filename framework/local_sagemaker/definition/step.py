"""Define a step of a definition as the runner uses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """A step that can run.

    ``arguments`` and ``settings`` (the members next to Arguments) still contain expressions; ``branches`` has the names
    of the steps in IfSteps and ElseSteps.
    """

    name: str
    type: str
    arguments: dict[str, Any]
    branches: dict[str, tuple[str, ...]] = field(default_factory=dict)
    property_files: dict[str, dict[str, str]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
