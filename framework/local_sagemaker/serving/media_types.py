"""What bodies of requests and answers are called. Standard library only."""

from __future__ import annotations

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
NPY = "application/x-npy"


def media_type(content_type: str | None) -> str:
    """``text/csv; charset=utf-8`` to ``text/csv``."""
    return (content_type or "").partition(";")[0].strip().lower()
