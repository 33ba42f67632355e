"""Turn predictions and ground truth, and optionally constraints, into the documents that the analyzer writes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

from model_monitor.accumulators.arrays import to_numpy
from model_monitor.accumulators.moments import ONE_BY_ONE_BYTES
from model_monitor.model_quality import constraints as constraint_files
from model_monitor.model_quality.attributes import Attributes
from model_monitor.model_quality.folds import FoldGenerator, deviations
from model_monitor.model_quality.problem_types import PROBLEM_TYPES_BY_NAME, MetricAccumulator
from model_monitor.model_quality.statistics import statistics
from model_monitor.model_quality.violations import list_violations
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS_FILE, SHAPES, STATISTICS_FILE, VIOLATIONS_FILE, Progress, Result
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.one_pass import accumulate
from model_monitor.tables.partitions import Partition

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass
class PartitionCounts:
    """The metrics and row counts accumulated over one partition, or over several after ``merge``."""

    accumulator: MetricAccumulator
    rows: int = 0
    incomplete: int = 0

    def merge(self, later: PartitionCounts) -> None:
        """Add the counts of the next partition."""
        self.accumulator.merge(later.accumulator)
        self.rows += later.rows
        self.incomplete += later.incomplete


def analyse(
    dataset: Dataset,
    attributes: Attributes,
    constraints: Path | None = None,
    shape: str = SHAPES[0],
    method: str = "compat",
    now: datetime | None = None,
    on_progress: Progress = lambda done, total: None,
) -> Result:
    """Return the predictions' metrics, and constraints with these as thresholds.

    If there are ``constraints``, return their violations, too. Rows that lack a prediction or the ground truth are
    skipped, and counted in the notes.

    Args:
        dataset: the dataset to analyse.
        attributes: the roles of its columns.
        constraints: the constraints file of a baseline to compare with, if any.
        shape: the format of the documents: 2023, which AWS's containers have written since then, or 2021.
        method: ``compat`` reports the violations that AWS reports; ``exact`` adds those of f0_5.
        now: the time to write into the statistics, with a time zone; by default the current time.
        on_progress: called with the number of the dataset's partitions that are done, and their total number.

    Raises:
        MonitorError: the dataset cannot be read, lacks a column, has no complete row, or has an invalid prediction.
    """
    problem = PROBLEM_TYPES_BY_NAME[attributes.problem_type]
    baseline_constraints = constraint_files.load(constraints, problem) if constraints else None
    counts = _count_dataset(dataset, attributes, on_progress)
    counts.accumulator.check()
    metrics, metric_deviations = counts.accumulator.metrics(), deviations(counts.accumulator.metrics, counts.rows)
    if infinite := [name for name, value in metrics.items() if value is not None and not math.isfinite(value)]:
        raise MonitorError(f"{dataset.source}: {infinite[0]} is infinite: the numbers are too large to square")
    time = (now or datetime.now(UTC)).astimezone(UTC)
    documents = {
        STATISTICS_FILE: statistics(problem, counts.accumulator, metrics, metric_deviations, counts.rows, shape, time),
        CONSTRAINTS_FILE: constraint_files.suggest_constraints(problem, metrics),
    }
    incomplete_note = f"{counts.incomplete} rows lack a prediction or the ground truth and were left out"
    notes = [*([incomplete_note] if counts.incomplete else []), *counts.accumulator.notes()]
    if baseline_constraints is None:
        return Result(counts.rows, None, documents, notes=notes)
    violations = list_violations(problem, metrics, metric_deviations, baseline_constraints, method)
    undefined = [
        name
        for name in baseline_constraints
        if baseline_constraints[name].threshold is not None and metrics[name] is None
    ]
    notes += [f"{name} is not defined for these rows, so it was not compared" for name in undefined]
    return Result(counts.rows, None, documents | {VIOLATIONS_FILE: {"violations": violations}}, violations, notes)


def _count_dataset(dataset: Dataset, attributes: Attributes, on_progress: Progress) -> PartitionCounts:
    """Count all partitions, with one thread per core, as reading and counting release the interpreter's lock."""
    roles = attributes.roles(dataset.columns(attributes.column_attributes))
    partitions = dataset.partitions()
    one_by_one = all(sum(part.size for part in parts) <= ONE_BY_ONE_BYTES for parts in partitions)
    counts = accumulate(
        partitions,
        lambda number, partition: _count_partition(dataset, attributes, roles, one_by_one, number, partition),
        on_progress,
    )
    if counts is None or not counts.rows:
        incomplete = counts.incomplete if counts else 0
        reason = f"complete rows: all {incomplete} rows lack a prediction or the ground truth" if incomplete else "rows"
        raise MonitorError(f"{dataset.source} has no {reason}")
    return counts


def _count_partition(
    dataset: Dataset,
    attributes: Attributes,
    roles: Mapping[str, str],
    one_by_one: bool,
    number: int,
    partition: Partition,
) -> PartitionCounts:
    counts = PartitionCounts(
        PROBLEM_TYPES_BY_NAME[attributes.problem_type].accumulator(
            threshold=attributes.threshold,
            positive_label=attributes.positive_label,
            one_by_one=one_by_one,
        )
    )
    draw = FoldGenerator(number)
    for chunk in dataset.chunks(partition, attributes.types(dict(roles))):
        _check_numbers(chunk)
        columns = dict(_complete_rows(chunk, roles))
        rows = len(columns["ground_truth"])
        counts.rows, counts.incomplete = counts.rows + rows, counts.incomplete + chunk.rows - rows
        if rows:
            counts.accumulator.update(columns, draw(rows))
    return counts


def _complete_rows(chunk: Chunk, roles: Mapping[str, str]) -> Iterator[tuple[str, pa.Array]]:
    """Yield the columns by role, without the rows in which a value is missing."""
    valid = [column.is_valid() for column in chunk.columns.values() if column.null_count]
    for role, name in roles.items():
        column = chunk.columns[name]
        yield role, column.filter(reduce(pc.and_, valid)) if valid else column


def _check_numbers(chunk: Chunk) -> None:
    """Raise MonitorError at the first number that is NaN or infinite."""
    for name, column in chunk.columns.items():
        if pa.types.is_floating(column.type):
            values = column.fill_null(0.0) if column.null_count else column
            finite = np.isfinite(to_numpy(values, "f8"))
            if not finite.all():
                row = int(finite.argmin())
                raise MonitorError(f"{chunk.place(row)}, column {name!r}: {column[row].as_py()} is not a finite number")
