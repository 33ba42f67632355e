"""One run: predictions and truth, and constraints or none, to the files that the analyzer writes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

from model_monitor.accumulators.arrays import plain
from model_monitor.accumulators.moments import ONE_BY_ONE_BYTES
from model_monitor.model_quality import constraints as constraint_files
from model_monitor.model_quality.attributes import Attributes
from model_monitor.model_quality.folds import Draw, deviations
from model_monitor.model_quality.problem_types import PROBLEM_TYPES_BY_NAME, MetricAccumulator
from model_monitor.model_quality.statistics import statistics
from model_monitor.model_quality.violations import violations
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS, SHAPES, STATISTICS, VIOLATIONS, Progress, Result
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.one_pass import one_pass
from model_monitor.tables.partitions import Partition

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass
class ProblemCounts:
    """What one partition came to."""

    state: MetricAccumulator
    rows: int = 0
    incomplete: int = 0

    def merge(self, other: ProblemCounts) -> None:
        """Take in the next partition's."""
        self.state.merge(other.state)
        self.rows += other.rows
        self.incomplete += other.incomplete


def analyse(
    dataset: Dataset,
    attributes: Attributes,
    constraints: Path | None = None,
    shape: str = SHAPES[0],
    method: str = "compat",
    now: datetime | None = None,
    on_progress: Progress = lambda done, total: None,
) -> Result:
    """Metrics of the predictions, and constraints that demand as much; with constraints, their violations too.

    Rows that lack a prediction or the truth are left out, and counted in the notes.

    Args:
        dataset: to look at.
        attributes: which of its columns are what.
        constraints: of a baseline, to compare with.
        shape: of the documents: 2023, as AWS's containers write them since then, or 2021.
        method: compat: what AWS reports; exact: f0_5 too.
        now: the time that is written down, with its zone; that of the clock where it is not given.
        on_progress: called with how many of the dataset's partitions are done, and how many there are.

    Raises:
        MonitorError: the dataset cannot be read, lacks a column, has no complete row, or has what is no prediction.
    """
    problem = PROBLEM_TYPES_BY_NAME[attributes.problem_type]
    demanded = constraint_files.load(constraints, problem) if constraints else None
    counted = _counted(dataset, attributes, on_progress)
    counted.state.check()
    metrics, spread = counted.state.metrics(), deviations(counted.state.metrics, counted.rows)
    if infinite := [name for name, value in metrics.items() if value is not None and not math.isfinite(value)]:
        raise MonitorError(f"{dataset.source}: {infinite[0]} is beyond any number: the numbers are too large to square")
    time = (now or datetime.now(UTC)).astimezone(UTC)
    written = {
        STATISTICS: statistics(problem, counted.state, metrics, spread, counted.rows, shape, time),
        CONSTRAINTS: constraint_files.suggest_constraints(problem, metrics),
    }
    left_out = f"{counted.incomplete} rows lack a prediction or the ground truth and were left out"
    notes = [*([left_out] if counted.incomplete else []), *counted.state.notes()]
    if demanded is None:
        return Result(counted.rows, None, written, notes=notes)
    found = violations(problem, metrics, spread, demanded, method)
    undefined = [name for name in demanded if demanded[name].threshold is not None and metrics[name] is None]
    notes += [f"{name} is not defined for these rows, so it was not compared" for name in undefined]
    return Result(counted.rows, None, written | {VIOLATIONS: {"violations": found}}, found, notes)


def _counted(dataset: Dataset, attributes: Attributes, on_progress: Progress) -> ProblemCounts:
    """All partitions, a thread for each core: reading and counting let others run meanwhile."""
    roles = attributes.roles(dataset.columns(attributes.asked))
    partitions = dataset.partitions()
    one_by_one = all(sum(part.size for part in parts) <= ONE_BY_ONE_BYTES for parts in partitions)
    whole = one_pass(
        partitions,
        lambda number, partition: _part(dataset, attributes, roles, one_by_one, number, partition),
        on_progress,
    )
    if whole is None or not whole.rows:
        left_out = (
            f": all {whole.incomplete} lack a prediction or the ground truth" if whole and whole.incomplete else ""
        )
        raise MonitorError(f"{dataset.source} has no rows{left_out}")
    return whole


def _part(
    dataset: Dataset,
    attributes: Attributes,
    roles: Mapping[str, str],
    one_by_one: bool,
    number: int,
    partition: Partition,
) -> ProblemCounts:
    counted = ProblemCounts(
        PROBLEM_TYPES_BY_NAME[attributes.problem_type].state(
            threshold=attributes.threshold,
            positive_label=attributes.positive_label,
            one_by_one=one_by_one,
        )
    )
    draw = Draw(number)
    for chunk in dataset.chunks(partition, attributes.types(dict(roles))):
        _check_numbers(chunk)
        columns = dict(_complete(chunk, roles))
        rows = len(columns["truth"])
        counted.rows, counted.incomplete = counted.rows + rows, counted.incomplete + chunk.rows - rows
        if rows:
            counted.state.update(columns, draw(rows))
    return counted


def _complete(chunk: Chunk, roles: Mapping[str, str]) -> Iterator[tuple[str, pa.Array]]:
    """The columns by role, without the rows in which one is missing."""
    valid = [column.is_valid() for column in chunk.columns.values() if column.null_count]
    for role, name in roles.items():
        column = chunk.columns[name]
        yield role, column.filter(reduce(pc.and_, valid)) if valid else column


def _check_numbers(chunk: Chunk) -> None:
    """Raise MonitorError at the first number that is none, or is infinite."""
    for name, column in chunk.columns.items():
        if pa.types.is_floating(column.type):
            values = column.fill_null(0.0) if column.null_count else column
            finite = np.isfinite(plain(values, "f8"))
            if not finite.all():
                row = int(finite.argmin())
                raise MonitorError(f"{chunk.place(row)}, column {name!r}: {column[row].as_py()} is no finite number")
