"""Uploads a local path that is the value of a URL parameter, once, under the hash of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.parameters import Parameter, declared_parameters, resolve
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.s3 import exists

CHUNK_BYTES = 1 << 20


class UploadPlan(NamedTuple):
    """``values`` are the parameters, with local paths replaced by their future URIs; ``files`` is what to upload."""

    values: dict[str, str]
    files: dict[tuple[str, str], Path]

    def missing(self, s3: Any) -> list[tuple[str, str]]:
        """Return bucket and key of each file that has not been uploaded yet."""
        return [place for place in self.files if not exists(s3, *place)]

    def send(self, s3: Any) -> None:
        """Upload the missing files."""
        for bucket, key in self.missing(s3):
            # upload_file would wrap S3's errors in an error that is not a ClientError.
            with self.files[bucket, key].open("rb") as content:
                s3.upload_fileobj(content, bucket, key)


def plan(
    bucket: str, pipeline: str, definition: Definition, values: Mapping[str, str], is_started: bool = True
) -> UploadPlan:
    """Plan the upload of the files that parameter values name; nothing is uploaded yet.

    If the pipeline is not started (``is_started`` is False), values may be missing.

    Raises:
        DefinitionError: a value does not fit its parameter.
        UsageError: the value of a URL parameter is neither an S3 URI nor a file or folder.
    """
    parameters = declared_parameters(definition)
    resolve(parameters, values, require_all=is_started)
    planned = UploadPlan(dict(values), {})
    for name, value in values.items():
        if _is_url(parameters[name]) and "://" not in value:
            path = _local_path(name, value)
            prefix, files = _files(pipeline, name, path)
            planned.values[name] = f"s3://{bucket}/{prefix}/{path.name}"
            planned.files.update({(bucket, key): file for key, file in files.items()})
    return planned


def _local_path(name: str, value: str) -> Path:
    """Return the file or folder that is the value of a URL parameter."""
    message = f"parameter {name!r}: {value[:200]!r} is not an s3:// URI, nor a file or folder on this machine"
    try:
        path = Path(value).expanduser().resolve()
        if not value or not (path.is_file() or path.is_dir()):
            raise UsageError(message)
    except (OSError, RuntimeError, ValueError):  # too long a name, an unknown ~user, a NUL
        raise UsageError(message) from None
    return path


def _is_url(parameter: Parameter) -> bool:
    return parameter.name.lower().endswith(_URL_NAMES) or str(parameter.default).startswith("s3://")


_URL_NAMES = ("url", "uri", "suppliedstatistics", "suppliedconstraints", "suppliedbaselineconstraints")


def _files(pipeline: str, name: str, path: Path) -> tuple[str, dict[str, Path]]:
    """Return the S3 prefix, and key -> file for a file, or for every file of a folder that is not hidden."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and not _is_hidden(p, path))
    if not files:
        raise UsageError(f"parameter {name!r}: the folder {str(path)!r} contains no file")
    prefix = f"{pipeline}/parameters/{name}/{_digest(files, path)}"
    return prefix, {f"{prefix}/{file.relative_to(path.parent).as_posix()}": file for file in files}


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _digest(files: list[Path], base: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(base.parent).as_posix().encode() + b"\0")
        with file.open("rb") as content:
            while chunk := content.read(CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()[:32]
