"""Which bytes of a dataset are read one after the other, as by one task of Spark's.

The rule is Spark's for four cores, as AWS's checks have them by default (ml.m5.xlarge), whatever this machine has: a
file of up to 4 MiB is one partition, larger ones are cut, small ones are put together. So a dataset gives the same
documents on any machine. https://spark.apache.org/docs/3.3.0/sql-performance-tuning.html, spark.sql.files.*
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

PARALLELISM = 4
OPEN_COST_BYTES = 4 << 20
MAX_PARTITION_BYTES = 128 << 20
_BLOCK_BYTES = 8 << 20
_PACKED = (".gz", ".bz2")


class Slice(NamedTuple):
    """Whole rows of a file: the bytes from ``start`` up to ``end``."""

    file: Path
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start


Partition = tuple[Slice, ...]


def partitions(files: list[Path], may_cut: bool) -> list[Partition]:
    """The files cut into slices, and these put together.

    Args:
        files: of the dataset.
        may_cut: whether the format's rows end with line breaks. Packed files are never cut.
    """
    sizes = {file: file.stat().st_size for file in files}
    share = (sum(sizes.values()) + len(files) * OPEN_COST_BYTES) // PARALLELISM
    limit = min(MAX_PARTITION_BYTES, max(OPEN_COST_BYTES, share))
    found: list[list[Slice]] = [[]]
    filled = 0
    for slice_ in (s for file in files for s in _slices(file, sizes[file], limit, may_cut)):
        if found[-1] and filled + slice_.size > limit:
            found.append([])
            filled = 0
        found[-1].append(slice_)
        filled += slice_.size + OPEN_COST_BYTES
    return [tuple(slices) for slices in found]


def whole(files: list[Path]) -> Partition:
    """All of the files as one partition."""
    return tuple(Slice(file, 0, file.stat().st_size) for file in files)


def rows_before(file: Path, offset: int) -> int:
    """How many rows, a header among them, end before an offset at which a row begins."""
    rows, is_open = 0, False
    with file.open("rb") as lines:
        while lines.tell() < offset:
            line = lines.readline()
            is_open ^= line.count(b'"') % 2 == 1
            rows += not is_open and bool(line.strip(b"\r\n"))
    return rows


def _slices(file: Path, size: int, limit: int, may_cut: bool) -> Iterator[Slice]:
    offsets = list(range(limit, size, limit))
    is_plain = may_cut and file.suffix.lower() not in _PACKED
    is_open = _between_quotes(file, offsets) if is_plain and offsets else None
    start = 0
    for end in [*(_row_starts(file, offsets, is_open) if is_open else ()), size]:
        if end > start or not size:
            yield Slice(file, start, end)
            start = end


def _row_starts(file: Path, offsets: list[int], is_open: list[bool]) -> Iterator[int]:
    """Where the first row begins after each offset, as Hadoop cuts. A line break between quotes ends no row."""
    with file.open("rb") as content:
        for offset, is_quoted in zip(offsets, is_open, strict=True):
            content.seek(offset)
            while line := content.readline():
                is_quoted ^= line.count(b'"') % 2 == 1
                if not is_quoted:
                    break
            yield content.tell()


def _between_quotes(file: Path, offsets: list[int]) -> list[bool] | None:
    """Whether each offset has an odd number of quotes before it.

    None where some quote encloses nothing, as in ``5" pipe``: where rows end is then not to be told from quotes alone.
    """
    found: list[bool] = []
    count, at, last = 0, 0, b"\n"
    with file.open("rb") as content:
        while block := content.read(_BLOCK_BYTES):
            data = np.frombuffer(last + block + b"\n", np.uint8)
            places = np.flatnonzero(data[1:-1] == ord('"')) + 1
            if not (_IS_EDGE[data[places - 1]] | _IS_EDGE[data[places + 1]]).all():
                return None
            within = [offset - at for offset in offsets[len(found) :] if offset < at + len(block)]
            found += [bool((count + np.searchsorted(places, offset + 1)) % 2) for offset in within]
            count, at, last = count + len(places), at + len(block), block[-1:]
    return None if count % 2 else found


#: Bytes that stand beside a quote which opens or closes a field.
_IS_EDGE = np.isin(np.arange(256), list(b',\r\n"'))
