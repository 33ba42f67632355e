"""Divide a dataset into partitions, each of which is read in order, like a task of Spark's.

The rule is Spark's for four cores, which AWS's checks have by default (ml.m5.xlarge), however many this machine has: a
file of up to 4 MiB is one partition, larger files are cut, small ones are combined. So a dataset gives the same
documents on any machine. https://spark.apache.org/docs/3.3.0/sql-performance-tuning.html, spark.sql.files.*
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from model_monitor.tables.row_ends import count_rows, row_starts

PARALLELISM = 4
OPEN_COST_BYTES = 4 << 20
MAX_PARTITION_BYTES = 128 << 20
#: Suffix of a compressed file -> its compression.
COMPRESSION_BY_SUFFIX = {".gz": "gzip", ".bz2": "bz2"}


class Slice(NamedTuple):
    """A part that consists of whole rows of a file: the bytes from ``start`` up to ``end``."""

    file: Path
    start: int
    end: int

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self.end - self.start


Partition = tuple[Slice, ...]


def partitions(files: list[Path], columns: int | None = None) -> list[Partition]:
    """Cut the files into slices, and combine these into partitions.

    Args:
        files: of the dataset.
        columns: the number of columns of CSV files, which may be cut where rows end; None if files may not be cut.
            Compressed files are never cut.
    """
    sizes = {file: file.stat().st_size for file in files}
    share = (sum(sizes.values()) + len(files) * OPEN_COST_BYTES) // PARALLELISM
    limit = min(MAX_PARTITION_BYTES, max(OPEN_COST_BYTES, share))
    groups: list[list[Slice]] = [[]]
    filled = 0
    for slice_ in (s for file in files for s in _slices(file, sizes[file], limit, columns)):
        if groups[-1] and filled + slice_.size > limit:
            groups.append([])
            filled = 0
        groups[-1].append(slice_)
        filled += slice_.size + OPEN_COST_BYTES
    return [tuple(slices) for slices in groups]


def whole_files(files: list[Path]) -> Partition:
    """Return all of the files as one partition."""
    return tuple(Slice(file, 0, file.stat().st_size) for file in files)


def rows_before(file: Path, offset: int) -> int:
    """Return how many rows, including a header, end before an offset at which a row begins."""
    with file.open("rb") as content:
        return count_rows(iter(lambda: content.readline() if content.tell() < offset else b"", b""))


def _slices(file: Path, size: int, limit: int, columns: int | None) -> Iterator[Slice]:
    offsets = list(range(limit, size, limit))
    may_cut = columns is not None and file.suffix.lower() not in COMPRESSION_BY_SUFFIX
    start = 0
    for end in [*(row_starts(file, offsets, columns or 0) if may_cut else ()), size]:
        if end > start or not size:
            yield Slice(file, start, end)
            start = end
