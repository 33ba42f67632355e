"""Read a file of a model's archive by its name; nothing is unpacked and nothing unpickled."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

from pipelines.scripts.container import InputError

MODEL_NAME = "xgboost-model"


def read_member(archive: Path, name: str = MODEL_NAME) -> bytearray:
    """Return the content of a file in an archive.

    Raises:
        InputError: the archive cannot be read, or has no such file.
    """
    try:
        with tarfile.open(archive) as tar:
            names = tar.getnames()
            entry = tar.getmember(name) if name in names else None
            if entry is None or not entry.isfile() or not entry.size:
                raise InputError(
                    f"{archive.name} contains no file {name!r}; it contains {', '.join(names) or 'nothing'}"
                )
            file = tar.extractfile(entry)
            return bytearray(file.read() if file else b"")
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise InputError(f"{archive.name} cannot be read as tar.gz: {error}") from None


def extract_model(archive: Path, folder: Path) -> Path:
    """Write the model of an archive into ``folder``; return its path.

    Raises:
        InputError: the archive cannot be read, or has no model.
    """
    path = folder / MODEL_NAME
    path.write_bytes(read_member(archive))
    return path
