"""Which files a dataset consists of, and their bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.partitions import PACKED, Slice

import pyarrow as pa

#: What a folder of a data set may hold beside data; Spark leaves such files out too.
_HIDDEN = (".", "_")


def files_in(source: Path) -> list[Path]:
    """The file, or the files of a folder and its folders, in the order of their paths.

    Raises:
        MonitorError: there is none.
    """
    if source.is_file():
        return [source]
    found = sorted(p for p in source.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(source)))
    if not found:
        exists = "is neither a file nor a folder" if source.exists() else "does not exist"
        raise MonitorError(f"{source} {'holds no file' if source.is_dir() else exists}")
    return found


def open_bytes(source: Path | Slice) -> Any:
    """The bytes of a file, unpacked where its name ends in .gz or .bz2, or of a slice of it, as an Arrow stream."""
    if isinstance(source, Path):
        return pa.input_stream(str(source), compression=PACKED.get(source.suffix.lower()))
    if not source.start and source.end == source.file.stat().st_size:
        return open_bytes(source.file)
    return pa.PythonFile(_Range(source), mode="r")


class _Range(io.RawIOBase):
    """A slice of a file, to be read from its beginning to its end."""

    def __init__(self, part: Slice):
        self._file = part.file.open("rb")
        self._file.seek(part.start)
        self._rest = part.size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(self._rest if size < 0 else min(size, self._rest))
        self._rest -= len(block)
        return block

    def close(self) -> None:
        self._file.close()
        super().close()


def lines(source: Path | Slice) -> Iterator[bytes]:
    """The lines of a text file, or of a slice of one.

    Raises:
        MonitorError: it cannot be read to its end.
    """
    try:
        with open_bytes(source) as stream:
            yield from _split(stream)
    except (OSError, pa.ArrowException) as error:
        raise unreadable(source if isinstance(source, Path) else source.file, error) from None


def unreadable(file: Path, error: Exception) -> MonitorError:
    """The error for a file that breaks off, is no archive although its name says so, or may not be read."""
    return MonitorError(f"{file.name} cannot be read: {str(error).splitlines()[0][:200]}")


def _split(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(1 << 20):
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(_HIDDEN) for part in path.parts)
