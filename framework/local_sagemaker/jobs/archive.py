"""Packs model.tar.gz: the same files give the same bytes, as times and owners are left out."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path
from typing import IO

from local_sagemaker.sandbox.folders import files_below


def pack(folder: Path, file: IO[bytes]) -> None:
    """Write the folder's regular files as tar.gz, by their paths in the folder; links are left out."""
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as zipped:
        with tarfile.open(fileobj=zipped, mode="w") as archive:
            for path in files_below(folder):
                archive.add(path, arcname=path.relative_to(folder).as_posix(), filter=_anonymise)


def _anonymise(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
