"""One pass over a dataset: a state for each partition, by a thread for each core, merged in the partitions' order."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from model_monitor.result import Progress
from model_monitor.tables.partitions import Partition


class Mergeable(Protocol):
    """What a partition's rows come to."""

    def merge(self, other: Any) -> None:
        """Take in what the rows after these came to."""


State = TypeVar("State", bound=Mergeable)


def one_pass(
    partitions: Sequence[Partition], count: Callable[[int, Partition], State], on_progress: Progress
) -> State | None:
    """The state of all rows; None where there are no partitions. Reading and counting let other threads run.

    Args:
        partitions: of the dataset.
        count: gives the state of one, from its number and itself.
        on_progress: called with how many are done, and how many there are.
    """
    whole: State | None = None
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for done, part in enumerate(pool.map(lambda given: count(*given), enumerate(partitions)), 1):
            if whole is None:
                whole = part
            else:
                whole.merge(part)
            on_progress(done, len(partitions))
    return whole
