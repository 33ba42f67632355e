"""Preprocess a batch with the featurizer of the model that will score it.

    <output>/features/<file>     id first, then the model's features; no header
    <output>/raw/<file>          the raw columns with a header, in their own units: the data that drift is looked for in
    <output>/no_scores/<file>.out   an empty file of scores for each file that has no row to score
    <output>/report/report.json  rows read, written and left out, and why; dropped/<file> lists the latter

Files are independent of each other: each is read once, block by block. A large batch gets a process for each core.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.batch_inference.raw_rows import BadRow, Columns, Rows, read_rows
from pipelines.scripts.container import InputError, files_in
from pipelines.scripts.features import Featurizer

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

OUTPUTS = ("features", "raw", "no_scores", "report")
REPORT_FILE, DROPPED_FOLDER = "report.json", "dropped"
#: Smaller batches are preprocessed in this process: starting others takes a second.
MIN_PARALLEL_BYTES = 32 << 20
COUNTERS = ("dropped", "missing", "unknown")
MAX_EXAMPLES = 5  # bad rows listed in an error's message and in the report


@dataclass
class Report:
    """Counts what became of the rows of some files.

    ``missing`` cells became the training median, ``unknown`` categories all zeros.
    """

    read: int = 0
    written: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    ignored_columns: list[str] = field(default_factory=list)
    separators: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def update(self, other: Report) -> None:
        """Add the counts of another report."""
        self.read, self.written = self.read + other.read, self.written + other.written
        for name in COUNTERS:
            getattr(self, name).update(getattr(other, name))
        self.ignored_columns = sorted({*self.ignored_columns, *other.ignored_columns})
        self.separators = sorted({*self.separators, *other.separators})
        self.examples = [*self.examples, *other.examples][:MAX_EXAMPLES]

    def document(self) -> dict[str, Any]:
        """Return the report as JSON."""
        counts = {name: dict(getattr(self, name)) for name in COUNTERS}
        rows = {"rows": {"read": self.read, "written": self.written}}
        layout = {"ignored_columns": self.ignored_columns, "separators": self.separators}
        return rows | counts | layout | {"examples": self.examples}


@dataclass(frozen=True)
class Task:
    """Describes one file to preprocess; ``name`` is its path below the input."""

    source: Path
    name: str
    output: Path
    featurizer: Featurizer
    identifier: str


def preprocess(tasks: Sequence[Task], output: Path, drop: bool) -> Report:
    """Preprocess the files, and report what became of their rows.

    Args:
        tasks: one for each file.
        output: the folder that the outputs' folders are written to.
        drop: whether bad rows are left out; otherwise they are an error.

    Raises:
        InputError: a file cannot be read, or there are bad rows and they must not be dropped.
    """
    for name in OUTPUTS:
        output.joinpath(name).mkdir(parents=True, exist_ok=True)
    report = Report()
    for file_report in _reports(tasks):
        report.update(file_report)
    bad = report.read - report.written
    if bad and not report.written:
        raise InputError(
            f"none of {report.read} rows can be scored: {'; '.join(report.examples)}. A file without a header needs "
            "the columns of training, in that order; rows with ids need a header"
        )
    if bad and not drop:
        more = f" (and {bad - MAX_EXAMPLES} more)" if bad > MAX_EXAMPLES else ""
        raise InputError(
            f"{bad} of {report.read} rows cannot be scored: {'; '.join(report.examples)}{more}; nothing was scored. "
            "Fix them, or start with BadRows=Drop to leave them out"
        )
    return report


def tasks(source: Path, output: Path, featurizer: Featurizer, identifier: str) -> list[Task]:
    """Return one task for each file of the input, in the order of their names.

    Raises:
        InputError: there is no file, or the scores of two files would have the same path, or one below the other.
    """
    root = source.parent if source.is_file() else source
    names = {file: file.relative_to(root).as_posix() for file in files_in(source)}
    names_by_target: dict[str, str] = {}
    for name in names.values():
        target = name.removesuffix(".gz")
        if target in names_by_target:
            raise InputError(
                f"{names_by_target[target]} and {name} would have the same file of scores; remove one of them"
            )
        names_by_target[target] = name
    for name in names_by_target:
        if parent := next((str(path) for path in PurePosixPath(name).parents if str(path) in names_by_target), None):
            raise InputError(
                f"{names_by_target[parent]} and the files below {parent}/ cannot both have scores; rename one of them"
            )
    return [Task(file, name, output, featurizer, identifier) for file, name in names.items()]


def has_rows(task: Task) -> bool:
    """Return whether a file has a row that can be scored; the file is read up to the first one."""
    _, blocks = read_rows(task.source, task.name, _columns(task))
    return any(len(rows.ids) for rows in blocks)


def _reports(tasks: Sequence[Task]) -> Iterator[Report]:
    cores = min(os.cpu_count() or 1, len(tasks))
    if cores < 2 or sum(task.source.stat().st_size for task in tasks) < MIN_PARALLEL_BYTES:
        yield from map(_preprocess_file, tasks)
        return
    # New processes instead of forked ones: pyarrow has threads.
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_preprocess_file, tasks)


def _preprocess_file(task: Task) -> Report:
    """Preprocess one file and return its report.

    An output without rows is not written, because a transform job accepts no empty file.
    """
    layout, blocks = read_rows(task.source, task.name, _columns(task))
    ignored = [name.partition("#")[0] for name in layout.ignored]
    report = Report(ignored_columns=ignored, separators=[layout.separator])
    known_categories = _known_categories(task.featurizer)
    with ExitStack() as stack:
        sinks = _Sinks(task, stack)
        for rows in blocks:
            _count(report, rows, task.featurizer, known_categories)
            if rows.bad:
                sinks.dropped_writer.writerows(row[1:] for row in rows.bad)
            if len(rows.ids):
                sinks.write("features", _features(rows, task.featurizer), header=False)
                sinks.write("raw", _as_strings(rows.table), header=True)
    if not report.written:
        path = _output_path(task, "no_scores")
        path.with_name(f"{path.name}.out").touch()
    return report


@dataclass
class _Sinks:
    """Holds the outputs of one file; each is opened when there is something to write."""

    task: Task
    stack: ExitStack
    open: dict[str, Any] = field(default_factory=dict)

    def write(self, output: str, table: pa.Table, header: bool) -> None:
        """Append rows to an output; a new file gets a header if ``header`` is set."""
        if output not in self.open:
            file = self.open[output] = self.stack.enter_context(_output_path(self.task, output).open("wb"))
            if header:
                file.write((",".join(table.column_names) + "\n").encode())
        # With "needed", pyarrow quotes every string, not only those that need it.
        options = pyarrow.csv.WriteOptions(
            include_header=False, quoting_style="needed" if _needs_quotes(table) else "none"
        )
        pyarrow.csv.write_csv(table, self.open[output], options)

    @cached_property
    def dropped_writer(self) -> Any:
        """The CSV writer that lists the bad rows: line, kind, reason."""
        path = _output_path(self.task, f"report/{DROPPED_FOLDER}")
        writer = csv.writer(self.stack.enter_context(path.open("w", newline="", encoding="utf-8")))
        writer.writerow(BadRow._fields[1:])
        return writer


def _columns(task: Task) -> Columns:
    schema = task.featurizer.schema
    return Columns.of(schema, task.identifier)


def _output_path(task: Task, output: str) -> Path:
    path = task.output / output / task.name.removesuffix(".gz")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _needs_quotes(table: pa.Table) -> bool:
    """Return whether a string contains characters that only a quoted cell can contain."""
    strings = (column for column in table.columns if pa.types.is_string(column.type))
    return any(pc.any(pc.match_substring_regex(column, '[",\r\n]')).as_py() for column in strings)


def _count(report: Report, rows: Rows, featurizer: Featurizer, known_categories: Mapping[str, pa.Array]) -> None:
    report.written += len(rows.ids)
    report.read += len(rows.ids) + len(rows.bad)
    report.examples += map(str, rows.bad[: MAX_EXAMPLES - len(report.examples)])
    report.dropped.update(row.kind for row in rows.bad)
    for name in rows.table.column_names:
        column = rows.table[name]
        missing = column.null_count
        if name in featurizer.schema.zero_is_missing:
            missing += pc.sum(pc.equal(column, 0)).as_py() or 0
        if missing:
            report.missing[name] += missing
    for name, categories in known_categories.items():
        column = rows.table[name]
        known_rows = pc.sum(pc.is_in(column, value_set=categories)).as_py() or 0
        if unknown := len(column) - column.null_count - known_rows:
            report.unknown[name] += unknown


def _known_categories(featurizer: Featurizer) -> dict[str, pa.Array]:
    """Return the categories of each text column that have a feature or a frequency."""
    features = {name: pa.array(categories) for name, categories in featurizer.schema.categories.items()}
    return features | {name: pa.array(fitted.shares, pa.string()) for name, fitted in featurizer.frequencies.items()}


def _features(rows: Rows, featurizer: Featurizer) -> pa.Table:
    """Return ids and features, as the 32-bit floats in which XGBoost computes: no prediction changes by a bit.

    A model that takes raw columns gets these as strings, just as the monitor does.
    """
    if featurizer.is_raw:
        raw = _as_strings(rows.table.select(featurizer.schema.raw))
        return pa.table([rows.ids, *raw.columns], names=["id", *raw.column_names])
    matrix = featurizer.transform(rows.table.to_pandas(strings_to_categorical=True)).astype(np.float32)
    columns = [pa.array(np.ascontiguousarray(matrix[:, n])) for n in range(matrix.shape[1])]
    return pa.table([rows.ids, *columns], names=["id", *featurizer.names])


def _as_strings(table: pa.Table) -> pa.Table:
    """Return the raw columns as strings, with the types that the baseline has.

    Numbers get a decimal point, as in the baseline: Model Monitor types 2 as Integral and 2.0 as Fractional.
    """
    return pa.table([_to_decimal_strings(column) for column in table.columns], names=table.column_names)


def _to_decimal_strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(column.type):
        return column
    text, is_whole = column.cast(pa.string()), pc.equal(column, pc.floor(column))
    if not pc.any(is_whole).as_py():
        return text
    has_no_point = pc.and_(is_whole, pc.invert(pc.match_substring(text, "e")))
    return pc.if_else(has_no_point, pc.binary_join_element_wise(text, ".0", ""), text)


def write_report(output: Path, name: str, document: dict[str, Any]) -> None:
    """Write the report, for conditions and users."""
    output.joinpath("report", name).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
