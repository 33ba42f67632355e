"""Profile a dataset's partitions: one after the other, or for large datasets in a process for each core.

A worker is ``python -m`` this module: it reads its task from stdin, and writes a profile per partition to stdout.
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

#: From this size on a separate process is worth the third of a second that it takes to start.
PARALLEL_BYTES = 32 << 20


@dataclass(frozen=True)
class Task:
    """A dataset that workers profile. ``names`` are the columns' names, by position; for ``domains`` see Profile."""

    dataset: Dataset
    names: Sequence[str] | None = None
    domains: Mapping[str, Sequence[str]] | None = None

    def profile(self, partition: Partition, threads: int) -> Profile:
        """Return the profile of one partition.

        Raises:
            MonitorError: it cannot be read, or has a different number of columns.
        """
        profile = Profile(self.domains)
        is_small = sum(part.size for part in partition) <= ONE_BY_ONE_BYTES
        profile.update(map(self._rename_columns, self.dataset.chunks(partition)), is_small, threads)
        return profile

    def _rename_columns(self, chunk: Chunk) -> Chunk:
        if self.names is None:
            return chunk
        if len(chunk.columns) != len(self.names):
            raise MonitorError(f"{chunk.first}: {len(chunk.columns)} columns, but the baseline has {len(self.names)}")
        return replace(chunk, columns=dict(zip(self.names, chunk.columns.values(), strict=True)))


def profile_dataset(task: Task, on_progress: Progress) -> Profile:
    """Return the profile of the whole dataset: those of its partitions, merged in their order.

    Raises:
        MonitorError: one of them cannot be read.
    """
    cores, dataset = os.cpu_count() or 1, task.dataset
    if cores > 1 and dataset.may_be_cut and dataset.size >= PARALLEL_BYTES:
        profiles = _profile_in_workers(task, min(cores, max(PARALLELISM, dataset.size // MAX_PARTITION_BYTES)))
    else:
        profiles = _profile_in_process(task, cores)
    merged = None
    for done, (profile, total) in enumerate(profiles, 1):
        if merged is None:
            merged = profile
        else:
            merged.merge(profile)
        on_progress(done, total)
    return merged or Profile()


def _profile_in_process(task: Task, threads: int) -> Iterator[tuple[Profile, int]]:
    partitions = task.dataset.partitions()
    return ((task.profile(partition, threads), len(partitions)) for partition in partitions)


def _profile_in_workers(task: Task, count: int) -> Iterator[tuple[Profile, int]]:
    """Profile the partitions in worker processes, which start while the partitions are determined."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "model_monitor.data_quality.workers"]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) for _ in range(count)
    ]
    try:
        partitions = task.dataset.partitions()
        for number, worker in enumerate(workers):
            _send_task(worker, task, partitions[number::count])
        for number in range(len(partitions)):
            yield _read_profile(workers[number % count]), len(partitions)
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def _send_task(worker: subprocess.Popen[bytes], task: Task, partitions: list[Partition]) -> None:
    assert worker.stdin
    pickle.dump((task, partitions), worker.stdin)
    worker.stdin.flush()


def _read_profile(worker: subprocess.Popen[bytes]) -> Profile:
    """Return a worker's next profile, which ``main`` below wrote."""
    assert worker.stdout
    try:
        answer: Any = pickle.load(worker.stdout)
    except EOFError:
        code = worker.wait()
        raise MonitorError(
            f"a worker ended with exit code {code}; a negative one may mean that memory ran out"
        ) from None
    if isinstance(answer, MonitorError):
        raise answer
    return answer


def main() -> None:
    """Run the worker: one thread, as there is a worker for each core. It ends when its parent process does."""
    pa.set_cpu_count(1)
    task, partitions = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    for partition in partitions:
        try:
            answer: Any = task.profile(partition, threads=1)
        except MonitorError as error:
            answer = error
        except Exception as error:  # noqa: BLE001  the edge of the process: the parent reports the error
            traceback.print_exc()
            answer = MonitorError(f"{partition[0].file.name}: {type(error).__name__}: {error}")
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _exit_with_parent() -> None:
    """Exit once stdin is closed: it stays open as long as the parent process lives."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
