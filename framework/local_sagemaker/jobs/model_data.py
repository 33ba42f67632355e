"""Unpacks model.tar.gz: regular files and folders, and nothing that could lead out of its own folder."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from local_sagemaker.errors import JobError

#: Errors that the readers of archives raise for damaged files.
UNREADABLE = (
    OSError, EOFError, ValueError, OverflowError, RecursionError, tarfile.TarError, zlib.error, lzma.LZMAError,
)  # fmt: skip


def unpack(archive: Path, folder: Path, name: str) -> None:
    """Unpack an archive below a folder.

    Args:
        archive: a tar file, compressed or not.
        folder: an existing folder.
        name: of the archive, for error messages.

    Raises:
        JobError: if it is not an archive, or an entry is a link or a device, or leaves the folder. Nothing is unpacked
            then.
    """
    try:
        with tarfile.open(archive) as tar:
            for entry in tar:
                _check(entry, name)
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except UNREADABLE as error:
        raise JobError(f"ClientError: {name} cannot be read as tar.gz: {error}") from None


def _check(entry: tarfile.TarInfo, name: str) -> None:
    path = PurePosixPath(entry.name)
    if not (entry.isfile() or entry.isdir()):
        raise JobError(f"ClientError: {name} holds {entry.name!r}, which is neither a file nor a folder; pack the file")
    if path.is_absolute() or ".." in path.parts:
        raise JobError(f"ClientError: {name} holds {entry.name!r}, which would leave the model's folder")
