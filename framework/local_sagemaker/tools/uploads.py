"""Reads the code among the uploads of a compiled pipeline, for lint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.definition.step_code import ReadCode, is_code


def code_reader(pipeline: Any) -> ReadCode:
    """Return what reads the code that a pipeline uploads; none, if it does not say what it uploads."""
    uploads: Mapping[tuple[str, str], bytes] = getattr(pipeline, "uploads", {})
    objects = {f"s3://{bucket}/{key}": content for (bucket, key), content in uploads.items()}

    def read(uri: str) -> dict[str, bytes]:
        prefix, name = f"{uri.rstrip('/')}/", uri.rpartition("/")[2]
        files = {key.removeprefix(prefix): content for key, content in objects.items() if key.startswith(prefix)}
        files |= {name: objects[uri]} if uri in objects else {}
        return {path: content for path, content in files.items() if is_code(path, len(content))}

    return read
