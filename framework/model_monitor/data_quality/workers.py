"""The profiles of a dataset's partitions: one after the other, or for large datasets by a process for each core.

A worker is ``python -m`` this module: it is told on stdin what to do, and answers on stdout, a profile a partition.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model_monitor.accumulators.moments import ONE_BY_ONE_BYTES
from model_monitor.data_quality.profile import Profile
from model_monitor.monitor_error import MonitorError
from model_monitor.result import Progress
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.partitions import MAX_PARTITION_BYTES, PARALLELISM, Partition

import pyarrow as pa

#: From here on a process of its own, which takes a third of a second to start, is worth it.
WORTH_BYTES = 32 << 20


@dataclass(frozen=True)
class Task:
    """What to profile. ``names`` are what the columns shall be called, by position; ``domains`` see Profile."""

    dataset: Dataset
    names: Sequence[str] | None = None
    domains: Mapping[str, Sequence[str]] | None = None

    def profile(self, partition: Partition, threads: int) -> Profile:
        """The profile of one partition.

        Raises:
            MonitorError: it cannot be read, or its columns are not called so.
        """
        profile = Profile(self.domains)
        is_small = sum(part.size for part in partition) <= ONE_BY_ONE_BYTES
        profile.update(map(self._named, self.dataset.chunks(partition)), is_small, threads)
        return profile

    def _named(self, chunk: Chunk) -> Chunk:
        if self.names is None:
            return chunk
        if len(chunk.columns) != len(self.names):
            raise MonitorError(f"{chunk.first}: {len(chunk.columns)} columns, where {len(self.names)} belong")
        return replace(chunk, columns=dict(zip(self.names, chunk.columns.values(), strict=True)))


def profile(task: Task, on_progress: Progress) -> Profile:
    """The profile of the whole dataset: of its partitions, merged in their order.

    Raises:
        MonitorError: one of them cannot be read.
    """
    cores, dataset = os.cpu_count() or 1, task.dataset
    if cores > 1 and dataset.may_be_cut and dataset.size >= WORTH_BYTES:
        profiles = _by_workers(task, min(cores, max(PARALLELISM, dataset.size // MAX_PARTITION_BYTES)))
    else:
        profiles = _one_by_one(task, cores)
    whole = None
    for done, (one, total) in enumerate(profiles, 1):
        if whole is None:
            whole = one
        else:
            whole.merge(one)
        on_progress(done, total)
    return whole or Profile()


def _one_by_one(task: Task, threads: int) -> Iterator[tuple[Profile, int]]:
    partitions = task.dataset.partitions()
    return ((task.profile(partition, threads), len(partitions)) for partition in partitions)


def _by_workers(task: Task, count: int) -> Iterator[tuple[Profile, int]]:
    """Workers start while the partitions are looked for."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "model_monitor.data_quality.workers"]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) for _ in range(count)
    ]
    try:
        partitions = task.dataset.partitions()
        for number, worker in enumerate(workers):
            _tell(worker, task, partitions[number::count])
        for number in range(len(partitions)):
            yield _answer(workers[number % count]), len(partitions)
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def _tell(worker: subprocess.Popen[bytes], task: Task, partitions: list[Partition]) -> None:
    assert worker.stdin
    pickle.dump((task, partitions), worker.stdin)
    worker.stdin.flush()


def _answer(worker: subprocess.Popen[bytes]) -> Profile:
    """A worker's next profile; what it reads here is what ``main`` below wrote."""
    assert worker.stdout
    try:
        answer: Any = pickle.load(worker.stdout)
    except EOFError:
        code = worker.wait()
        raise MonitorError(f"a worker ended with exit code {code}; a negative one may be want of memory") from None
    if isinstance(answer, MonitorError):
        raise answer
    return answer


def main() -> None:
    """The worker: one thread, as there is a worker for each core. It ends when whoever started it does."""
    pa.set_cpu_count(1)
    task, partitions = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    for partition in partitions:
        try:
            answer: Any = task.profile(partition, threads=1)
        except MonitorError as error:
            answer = error
        except Exception as error:  # noqa: BLE001  the edge of the process: the caller says what it was
            traceback.print_exc()
            answer = MonitorError(f"{partition[0].file.name}: {type(error).__name__}: {error}")
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _end_with_the_caller() -> None:
    """stdin stays open as long as the caller lives."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
