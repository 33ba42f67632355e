"""Preprocess a batch with the featurizer of the model that will score it.

    <output>/features/<file>     id first, then the model's features; no header
    <output>/raw/<file>          the raw columns, named, in their own units: what drift is looked for in
    <output>/no_scores/<file>.out   an empty file of scores for each file that has no row to score
    <output>/report/report.json  rows read, written and left out, and why; dropped/<file> names these

Files are independent of each other: each is read once, block by block, and large batches by a process for each core.
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
REPORT, DROPPED = "report.json", "dropped"
#: From here on processes of their own, which take a second to start, are worth it.
WORTH_BYTES = 32 << 20
COUNTED = ("dropped", "missing", "unknown")
NAMED = 5  # bad rows in an error's message, and in the report


@dataclass
class Report:
    """What came of some files. ``missing`` cells became the training median, ``unknown`` categories all zeros."""

    read: int = 0
    written: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    ignored_columns: list[str] = field(default_factory=list)
    separators: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def update(self, other: Report) -> None:
        """Take those of another in."""
        self.read, self.written = self.read + other.read, self.written + other.written
        for name in COUNTED:
            getattr(self, name).update(getattr(other, name))
        self.ignored_columns = sorted({*self.ignored_columns, *other.ignored_columns})
        self.separators = sorted({*self.separators, *other.separators})
        self.examples = [*self.examples, *other.examples][:NAMED]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        counted = {name: dict(getattr(self, name)) for name in COUNTED}
        rows = {"rows": {"read": self.read, "written": self.written}}
        read = {"ignored_columns": self.ignored_columns, "separators": self.separators}
        return rows | counted | read | {"examples": self.examples}


@dataclass(frozen=True)
class Task:
    """One file to preprocess; ``name`` is its path below the input."""

    source: Path
    name: str
    output: Path
    featurizer: Featurizer
    identifier: str


def preprocess(tasks: Sequence[Task], output: Path, drop: bool) -> Report:
    """Preprocess the files, and write what became of their rows.

    Args:
        tasks: one for each file.
        output: the folder of the outputs' folders.
        drop: whether bad rows are left out; else they are an error.

    Raises:
        InputError: a file cannot be read as a whole, or there are bad rows and they are not to be dropped.
    """
    for name in OUTPUTS:
        output.joinpath(name).mkdir(parents=True, exist_ok=True)
    report = Report()
    for one in _reports(tasks):
        report.update(one)
    bad = report.read - report.written
    if bad and not report.written:
        raise InputError(
            f"none of {report.read} rows can be scored: {'; '.join(report.examples)}. Columns without a header are "
            "those of training, in that order; rows with ids need a header"
        )
    if bad and not drop:
        more = f" (and {bad - NAMED} more)" if bad > NAMED else ""
        raise InputError(
            f"{bad} of {report.read} rows cannot be scored: {'; '.join(report.examples)}{more}; nothing was scored. "
            "Mend them, or start with BadRows=Drop to leave them out"
        )
    return report


def tasks(source: Path, output: Path, featurizer: Featurizer, identifier: str) -> list[Task]:
    """One for each file of the input, in the order of their names.

    Raises:
        InputError: there is none, or two that differ by being packed alone.
    """
    root = source.parent if source.is_file() else source
    names = {file: file.relative_to(root).as_posix() for file in files_in(source)}
    written: dict[str, str] = {}
    for name in names.values():
        place = name.removesuffix(".gz")
        if place in written:
            raise InputError(f"{written[place]} and {name} would have the same file of scores; take one of them away")
        written[place] = name
    for name in written:
        if above := next((str(p) for p in PurePosixPath(name).parents if str(p) in written), None):
            raise InputError(f"{written[above]} and what is below {above}/ cannot both have scores; rename one of them")
    return [Task(file, name, output, featurizer, identifier) for file, name in names.items()]


def has_rows(task: Task) -> bool:
    """Whether a file has a row that can be scored; it is read as far as the first."""
    _, blocks = read_rows(task.source, task.name, _columns(task))
    return any(len(rows.ids) for rows in blocks)


def _reports(tasks: Sequence[Task]) -> Iterator[Report]:
    cores = min(os.cpu_count() or 1, len(tasks))
    if cores < 2 or sum(task.source.stat().st_size for task in tasks) < WORTH_BYTES:
        yield from map(_preprocess, tasks)
        return
    # Processes that are born anew, not forked: pyarrow has threads.
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_preprocess, tasks)


def _preprocess(task: Task) -> Report:
    """One file; an output that would be without rows is not there, as a transform job takes no empty file."""
    found, blocks = read_rows(task.source, task.name, _columns(task))
    ignored = [name.partition("#")[0] for name in found.ignored]
    report = Report(ignored_columns=ignored, separators=[found.separator])
    known = _known_categories(task.featurizer)
    with ExitStack() as stack:
        sinks = _Sinks(task, stack)
        for rows in blocks:
            _count(report, rows, task.featurizer, known)
            if rows.bad:
                sinks.dropped.writerows(row[1:] for row in rows.bad)
            if len(rows.ids):
                sinks.write("features", _features(rows, task.featurizer), header=False)
                sinks.write("raw", _named(rows.table), header=True)
    if not report.written:
        empty = _place(task, "no_scores")
        empty.with_name(f"{empty.name}.out").touch()
    return report


@dataclass
class _Sinks:
    """The outputs of one file, each opened when there is something to write."""

    task: Task
    stack: ExitStack
    open: dict[str, Any] = field(default_factory=dict)

    def write(self, output: str, table: pa.Table, header: bool) -> None:
        """Append rows."""
        if output not in self.open:
            file = self.open[output] = self.stack.enter_context(_place(self.task, output).open("wb"))
            if header:
                file.write((",".join(table.column_names) + "\n").encode())
        # pyarrow quotes every text as soon as it may quote one.
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed" if _is_odd(table) else "none")
        pyarrow.csv.write_csv(table, self.open[output], options)

    @cached_property
    def dropped(self) -> Any:
        """The list of bad rows: line, kind, reason."""
        place = _place(self.task, f"report/{DROPPED}")
        writer = csv.writer(self.stack.enter_context(place.open("w", newline="", encoding="utf-8")))
        writer.writerow(BadRow._fields[1:])
        return writer


def _columns(task: Task) -> Columns:
    schema = task.featurizer.schema
    return Columns.of(schema, task.identifier)


def _place(task: Task, output: str) -> Path:
    path = task.output / output / task.name.removesuffix(".gz")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _is_odd(table: pa.Table) -> bool:
    """Whether a text holds what only a quoted cell may."""
    texts = (column for column in table.columns if pa.types.is_string(column.type))
    return any(pc.any(pc.match_substring_regex(column, '[",\r\n]')).as_py() for column in texts)


def _count(report: Report, rows: Rows, featurizer: Featurizer, known: Mapping[str, pa.Array]) -> None:
    report.written += len(rows.ids)
    report.read += len(rows.ids) + len(rows.bad)
    report.examples += map(str, rows.bad[: NAMED - len(report.examples)])
    report.dropped.update(row.kind for row in rows.bad)
    for name in rows.table.column_names:
        column = rows.table[name]
        missing = column.null_count
        if name in featurizer.schema.zero_is_missing:
            missing += pc.sum(pc.equal(column, 0)).as_py() or 0
        if missing:
            report.missing[name] += missing
    for name, categories in known.items():
        column = rows.table[name]
        known_rows = pc.sum(pc.is_in(column, value_set=categories)).as_py() or 0
        if unknown := len(column) - column.null_count - known_rows:
            report.unknown[name] += unknown


def _known_categories(featurizer: Featurizer) -> dict[str, pa.Array]:
    """Return the categories of each text column that have a feature or a frequency."""
    known = {name: pa.array(categories) for name, categories in featurizer.schema.categories.items()}
    return known | {name: pa.array(fitted.shares, pa.string()) for name, fitted in featurizer.frequencies.items()}


def _features(rows: Rows, featurizer: Featurizer) -> pa.Table:
    """Ids and features, as the 32-bit floats in which XGBoost computes: no prediction changes by a bit.

    A model that takes raw columns is given these, as they are looked at for drift.
    """
    if featurizer.is_raw:
        named = _named(rows.table.select(featurizer.schema.raw))
        return pa.table([rows.ids, *named.columns], names=["id", *named.column_names])
    matrix = featurizer.transform(rows.table.to_pandas(strings_to_categorical=True)).astype(np.float32)
    columns = [pa.array(np.ascontiguousarray(matrix[:, n])) for n in range(matrix.shape[1])]
    return pa.table([rows.ids, *columns], names=["id", *featurizer.names])


def _named(table: pa.Table) -> pa.Table:
    """The raw columns as texts: numbers with a decimal point, as in the baseline, where whole ones are others."""
    return pa.table([_decimal(column) for column in table.columns], names=table.column_names)


def _decimal(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(column.type):
        return column
    text, is_whole = column.cast(pa.string()), pc.equal(column, pc.floor(column))
    if not pc.any(is_whole).as_py():
        return text
    has_no_point = pc.and_(is_whole, pc.invert(pc.match_substring(text, "e")))
    return pc.if_else(has_no_point, pc.binary_join_element_wise(text, ".0", ""), text)


def write_report(output: Path, name: str, document: dict[str, Any]) -> None:
    """The report, for conditions and people."""
    output.joinpath("report", name).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
