"""List the files of a dataset, and read their bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.partitions import COMPRESSION_BY_SUFFIX, Slice

import pyarrow as pa

#: Files whose names begin so are not data; Spark skips them too.
_HIDDEN = (".", "_")


def files_in(source: Path) -> list[Path]:
    """Return the file, or the files of a folder and its subfolders, in the order of their paths.

    Raises:
        MonitorError: there is none.
    """
    if source.is_file():
        return [source]
    files = sorted(p for p in source.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(source)))
    if not files:
        problem = "is neither a file nor a folder" if source.exists() else "does not exist"
        raise MonitorError(f"{source} {'has no files' if source.is_dir() else problem}")
    return files


def open_bytes(source: Path | Slice) -> Any:
    """Open a file or a slice of it as an Arrow stream of bytes; decompress it if its name ends in .gz or .bz2."""
    if isinstance(source, Path):
        return pa.input_stream(str(source), compression=COMPRESSION_BY_SUFFIX.get(source.suffix.lower()))
    if not source.start and source.end == source.file.stat().st_size:
        return open_bytes(source.file)
    return pa.PythonFile(_Range(source), mode="r")


class _Range(io.RawIOBase):
    """A slice of a file that is read from its beginning to its end."""

    def __init__(self, part: Slice):
        self._file = part.file.open("rb")
        self._file.seek(part.start)
        self._remaining = part.size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(self._remaining if size < 0 else min(size, self._remaining))
        self._remaining -= len(block)
        return block

    def close(self) -> None:
        self._file.close()
        super().close()


def lines(source: Path | Slice) -> Iterator[bytes]:
    """Yield the lines of a text file, or of a slice of one.

    Raises:
        MonitorError: it cannot be read to its end.
    """
    try:
        with open_bytes(source) as stream:
            yield from _split_lines(stream)
    except (OSError, pa.ArrowException) as error:
        raise unreadable_error(source if isinstance(source, Path) else source.file, error) from None


def unreadable_error(file: Path, error: Exception) -> MonitorError:
    """Return the error for a file that is truncated, is not the archive that its name claims, or may not be read."""
    return MonitorError(f"{file.name} cannot be read: {str(error).splitlines()[0][:200]}")


def _split_lines(stream: IO[bytes]) -> Iterator[bytes]:
    tail = b""
    while block := stream.read(1 << 20):
        *complete, tail = (tail + block).split(b"\n")
        yield from complete
    if tail:
        yield tail


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(_HIDDEN) for part in path.parts)
