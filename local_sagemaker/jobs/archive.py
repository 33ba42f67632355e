"""model.tar.gz: the same files give the same bytes, as neither times nor owners go in."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path
from typing import IO


def pack(folder: Path, file: IO[bytes]) -> None:
    """Write the folder's files and subfolders, without the folder itself, as tar.gz."""
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as zipped:
        with tarfile.open(fileobj=zipped, mode="w") as archive:
            for path in sorted(folder.rglob("*")):
                archive.add(path, arcname=path.relative_to(folder).as_posix(), recursive=False, filter=_anonymous)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
