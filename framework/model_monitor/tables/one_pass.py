"""Accumulate a dataset in one pass: one thread per core accumulates partitions; the results are merged in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from model_monitor.result import Progress
from model_monitor.tables.partitions import Partition


class Mergeable(Protocol):
    """An accumulator that collects the rows of a partition."""

    def merge(self, later: Any) -> None:
        """Add the accumulator of the rows that follow."""


Accumulator = TypeVar("Accumulator", bound=Mergeable)


def accumulate(
    partitions: Sequence[Partition],
    accumulate_partition: Callable[[int, Partition], Accumulator],
    on_progress: Progress,
) -> Accumulator | None:
    """Return the accumulator of all rows; None if there are no partitions.

    Reading and counting release the interpreter's lock, so that threads run at the same time.

    Args:
        partitions: of the dataset.
        accumulate_partition: called with a partition's number and the partition; returns its accumulator.
        on_progress: called with the number of partitions that are done, and their total number.
    """
    merged: Accumulator | None = None
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for done, accumulator in enumerate(
            pool.map(lambda numbered: accumulate_partition(*numbered), enumerate(partitions)), 1
        ):
            if merged is None:
                merged = accumulator
            else:
                merged.merge(accumulator)
            on_progress(done, len(partitions))
    return merged
