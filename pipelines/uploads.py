"""A local path given for a URL parameter: uploaded under its content's hash, once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from pipelines.errors import UsageError

CHUNK_BYTES = 1 << 20


def upload_paths(session: Any, bucket: str, pipeline: str, definition: str, given: Mapping[str, str]) -> dict[str, str]:
    """``given`` with each local path of a URL parameter replaced by the S3 URI that its content now has.

    Raises:
        UsageError: a URL parameter is neither an S3 URI nor a path that exists.
    """
    declared = {p["Name"]: p for p in json.loads(definition).get("Parameters") or ()}
    urls = {n for n in given if n in declared and _is_url(declared[n]) and "://" not in given[n]}
    s3 = session.client("s3")
    return dict(given) | {name: _upload(s3, bucket, pipeline, name, Path(given[name]).expanduser()) for name in urls}


def _is_url(parameter: Mapping[str, Any]) -> bool:
    default = str(parameter.get("DefaultValue", ""))
    return parameter["Name"].lower().endswith(("url", "uri")) or default.startswith("s3://")


def _upload(s3: Any, bucket: str, pipeline: str, name: str, path: Path) -> str:
    """Upload a file, or every file of a folder; the URI of what was given."""
    if not path.exists():
        raise UsageError(f"parameter {name!r}: {str(path)!r} is no file, no folder and no s3:// URI")
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    if not files:
        raise UsageError(f"parameter {name!r}: the folder {str(path)!r} is empty")
    prefix = f"{pipeline}/parameters/{name}/{_digest(files, path)}"
    for file in files:
        key = f"{prefix}/{file.relative_to(path.parent).as_posix()}"
        if not exists(s3, bucket, key):
            s3.upload_file(str(file), bucket, key)
    return f"s3://{bucket}/{prefix}/{path.resolve().name if path.is_dir() else path.name}"


def _digest(files: list[Path], base: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(base.parent).as_posix().encode() + b"\0")
        with file.open("rb") as content:
            while chunk := content.read(CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()[:32]


def exists(s3: Any, bucket: str, key: str) -> bool:
    """Whether there is an object of that key."""
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return False
        raise
    return True
