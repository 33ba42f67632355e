"""A model's archive: one file is read by its name; nothing is unpacked and nothing unpickled."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

from pipelines.scripts.container import InputError

MODEL_NAME = "xgboost-model"


def member(archive: Path, name: str = MODEL_NAME) -> bytearray:
    """What a file of an archive holds.

    Raises:
        InputError: the archive cannot be read, or has no such file.
    """
    try:
        with tarfile.open(archive) as tar:
            names = tar.getnames()
            entry = tar.getmember(name) if name in names else None
            if entry is None or not entry.isfile() or not entry.size:
                raise InputError(f"{archive.name} holds no file {name!r}; it holds {', '.join(names) or 'nothing'}")
            file = tar.extractfile(entry)
            return bytearray(file.read() if file else b"")
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise InputError(f"{archive.name} cannot be read as tar.gz: {error}") from None


def model_in(archive: Path, folder: Path) -> Path:
    """The model of an archive as a file of its own in ``folder``.

    Raises:
        InputError: the archive cannot be read, or has no model.
    """
    path = folder / MODEL_NAME
    path.write_bytes(member(archive))
    return path
