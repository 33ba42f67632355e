"""Reads the code among the objects that a compiled pipeline names, for lint."""

from __future__ import annotations

from collections.abc import Mapping

from local_sagemaker.definition.step_code import ReadCode, is_code


def code_reader(uploads: Mapping[tuple[str, str], bytes]) -> ReadCode:
    """Return what reads code among these objects, given by bucket and key."""
    objects = {f"s3://{bucket}/{key}": content for (bucket, key), content in uploads.items()}

    def read(uri: str) -> dict[str, bytes]:
        prefix, name = f"{uri.rstrip('/')}/", uri.rpartition("/")[2]
        files = {key.removeprefix(prefix): content for key, content in objects.items() if key.startswith(prefix)}
        files |= {name: objects[uri]} if uri in objects else {}
        return {path: content for path, content in files.items() if is_code(path, len(content))}

    return read
