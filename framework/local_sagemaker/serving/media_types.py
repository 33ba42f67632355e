"""The media types of requests and answers. This module uses only the standard library."""

from __future__ import annotations

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
NPY = "application/x-npy"


def media_type(content_type: str | None) -> str:
    """Return the media type without parameters: ``text/csv; charset=utf-8`` becomes ``text/csv``."""
    return (content_type or "").partition(";")[0].strip().lower()
