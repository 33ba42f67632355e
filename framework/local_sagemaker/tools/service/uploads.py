"""A local path given for a URL parameter: uploaded under its content's hash, once."""

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
    """``values``: the parameters, local paths replaced by the URIs that they will have. ``files``: what to upload."""

    values: dict[str, str]
    files: dict[tuple[str, str], Path]

    def missing(self, s3: Any) -> list[tuple[str, str]]:
        """Bucket and key of what is not there yet."""
        return [place for place in self.files if not exists(s3, *place)]

    def send(self, s3: Any) -> None:
        """Upload that."""
        for bucket, key in self.missing(s3):
            # upload_file would wrap what S3 refuses in an error that is no ClientError.
            with self.files[bucket, key].open("rb") as content:
                s3.upload_fileobj(content, bucket, key)


def plan(
    bucket: str, pipeline: str, definition: Definition, given: Mapping[str, str], is_started: bool = True
) -> UploadPlan:
    """Which files the values ``given`` for a definition's parameters name; nothing is uploaded yet. What is not started
    may lack values.

    Raises:
        DefinitionError: a value that does not fit its parameter.
        UsageError: a URL parameter is neither an S3 URI nor a file or folder.
    """
    parameters = declared_parameters(definition)
    resolve(parameters, given, is_whole=is_started)
    planned = UploadPlan(dict(given), {})
    for name, value in given.items():
        if _is_url(parameters[name]) and "://" not in value:
            path = _local_path(name, value)
            prefix, files = _files(pipeline, name, path)
            planned.values[name] = f"s3://{bucket}/{prefix}/{path.name}"
            planned.files.update({(bucket, key): file for key, file in files.items()})
    return planned


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
    return parameter.name.lower().endswith(_URL_NAMES) or str(parameter.default).startswith("s3://")


_URL_NAMES = ("url", "uri", "suppliedstatistics", "suppliedconstraints", "suppliedbaselineconstraints")


def _files(pipeline: str, name: str, path: Path) -> tuple[str, dict[str, Path]]:
    """Prefix, and key -> file: a file, or every file of a folder but the hidden ones."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path))
    if not files:
        raise UsageError(f"parameter {name!r}: the folder {str(path)!r} holds no file")
    prefix = f"{pipeline}/parameters/{name}/{_digest(files, path)}"
    return prefix, {f"{prefix}/{file.relative_to(path.parent).as_posix()}": file for file in files}


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
