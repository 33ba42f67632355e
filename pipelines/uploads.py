"""A local path given for a URL parameter: uploaded under its content's hash, once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_sagemaker.definition.parameters import Parameter, resolve
from local_sagemaker.definition.parse import parse_parameters
from pipelines.errors import UsageError

from botocore.exceptions import ClientError

CHUNK_BYTES = 1 << 20


def upload_paths(session: Any, bucket: str, pipeline: str, definition: str, given: Mapping[str, str]) -> dict[str, str]:
    """``given`` with each local path of a URL parameter replaced by the S3 URI that its content now has.

    Raises:
        DefinitionError: a value that does not fit its parameter; nothing has been uploaded then.
        UsageError: a URL parameter is neither an S3 URI nor a file or folder.
    """
    declared = parse_parameters(definition)
    resolve(declared, given)
    paths = {n: _local_path(n, v) for n, v in given.items() if _is_url(declared[n]) and "://" not in v}
    s3 = session.client("s3")
    return dict(given) | {name: _upload(s3, bucket, pipeline, name, path) for name, path in paths.items()}


def _local_path(name: str, value: str) -> Path:
    """The file or folder that a URL parameter names."""
    wrong = f"parameter {name!r}: {value[:200]!r} is no s3:// URI, and no file or folder of this machine"
    try:
        path = Path(value).expanduser().resolve()
        if not value or not (path.is_file() or path.is_dir()):
            raise UsageError(wrong)
    except (OSError, RuntimeError, ValueError):  # too long a name, an unknown ~user, a NUL
        raise UsageError(wrong) from None
    return path


def _is_url(parameter: Parameter) -> bool:
    return parameter.name.lower().endswith(("url", "uri")) or str(parameter.default).startswith("s3://")


def _upload(s3: Any, bucket: str, pipeline: str, name: str, path: Path) -> str:
    """Upload a file, or every file of a folder but the hidden ones; the URI of what was given."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path))
    if not files:
        raise UsageError(f"parameter {name!r}: the folder {str(path)!r} holds no file")
    prefix = f"{pipeline}/parameters/{name}/{_digest(files, path)}"
    for file in files:
        key = f"{prefix}/{file.relative_to(path.parent).as_posix()}"
        if not exists(s3, bucket, key):
            s3.upload_file(str(file), bucket, key)
    return f"s3://{bucket}/{prefix}/{path.name}"


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


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
