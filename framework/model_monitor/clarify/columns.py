"""Determines the names of a dataset's columns, and the role of each in the analysis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model_monitor.bias_metrics.cells import Facet
from model_monitor.clarify.config import CONFIG_NAME, AnalysisConfig
from model_monitor.clarify.json_records import JsonRecords
from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean
from model_monitor.predictions.media_types import CSV, JSON_LINES
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.csv_files import first_rows
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.files import files_in
from model_monitor.tables.partitions import Partition

import pyarrow as pa
import pyarrow.compute as pc

#: https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html, na_values: Clarify reads with pandas.
MISSING_CELLS = pa.array(
    [
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
        "NULL", "NaN", "None", "n/a", "nan", "null",
    ]
)  # fmt: skip


VALUES_MEMBER = "value_or_threshold"


@dataclass(frozen=True)
class Table:
    """A dataset with the names that its columns have in the analysis, in the order of the files."""

    dataset: Dataset | JsonRecords
    names: Sequence[str]
    in_files: Sequence[str]

    @classmethod
    def open(cls, source: Path, config: AnalysisConfig) -> Table:
        """Return the dataset of a run.

        Columns get their names from ``headers``, otherwise from the files; without either they are column_0, column_1
        ... Clarify detects by itself whether CSV files begin with their columns' names; how is undocumented. We assume
        names if the first row has no number, or is the same as ``headers``.

        Raises:
            MonitorError: there are no rows, only some of the files have names, or ``headers`` do not match the columns
                of the file.
        """
        if config.dataset_type == JSON_LINES:
            records = JsonRecords(source, config)
            return cls(records, records.names, records.names)
        if config.dataset_type == CSV:
            has_names = _files_have_header(source, config.headers)
            dataset = Dataset(source, {"csv": {"header": has_names}})
        else:
            has_names, dataset = True, Dataset(source, {"parquet": {}})
        in_files = dataset.columns()
        names = config.headers or (in_files if has_names else [f"column_{n}" for n in range(len(in_files))])
        if len(names) != len(in_files):
            raise MonitorError(
                f"{CONFIG_NAME}: there are {len(names)} headers ({', '.join(names[:20])}), and {source.name} has "
                f"{len(in_files)} columns"
            )
        return cls(dataset, names, in_files)

    def column(self, name: str | int, member: str) -> str:
        """Return the name of the column that a name or a number means; ``member`` of the configuration has it.

        Raises:
            MonitorError: there is no such column.
        """
        if isinstance(name, int):
            if name < len(self.names):
                return self.names[name]
            raise MonitorError(f"{member} is column {name}; there are columns 0 to {len(self.names) - 1}")
        if name in self.names:
            return name
        hint = did_you_mean(name, self.names)
        raise MonitorError(f"{member}: there is no column {name!r}{hint} (there are: {', '.join(self.names[:20])})")

    def chunks(self, partition: Partition, only: Mapping[str, pa.DataType]) -> Iterator[Chunk]:
        """Yield the rows of a partition, some thousands at a time; the columns have their names in the analysis."""
        names = {self.in_files[self.names.index(name)]: name for name in only}
        for chunk in self._read(partition, {name_in_file: only[name] for name_in_file, name in names.items()}):
            columns = {name: nullify_missing(chunk.columns[name_in_file]) for name_in_file, name in names.items()}
            yield replace(chunk, columns=columns)

    def _read(self, partition: Partition, only: Mapping[str, pa.DataType]) -> Iterator[Chunk]:
        if isinstance(self.dataset, JsonRecords) or self.dataset.may_be_cut:
            yield from self.dataset.chunks(partition, only)
            return
        for chunk in self.dataset.chunks(partition):
            columns = {name: format_floats(column) for name, column in chunk.columns.items()}
            yield replace(chunk, columns=columns).convert(only)


@dataclass(frozen=True)
class Roles:
    """Assigns roles to a table's columns."""

    label: str | None
    predicted: str | None
    group: str | None
    facets: Sequence[Facet]
    features: Sequence[str]

    @classmethod
    def of(cls, table: Table, config: AnalysisConfig) -> Roles:
        """Return the roles that the configuration assigns.

        Raises:
            MonitorError: it names a column that does not exist.
        """

        def column_of(member: str) -> str | None:
            name = getattr(config, member)
            return None if name is None else table.column(name, f"{CONFIG_NAME}: {member}")

        if isinstance(table.dataset, JsonRecords):
            label, predicted = table.dataset.label, table.dataset.predicted
        else:
            label, predicted = column_of("label"), column_of("predicted_label")
        excluded = {label, predicted, column_of("joinsource_name_or_index")}
        excluded |= {table.column(name, f"{CONFIG_NAME}: excluded_columns") for name in config.excluded_columns}
        facets = [
            Facet(
                table.column(facet["name_or_index"], f"{CONFIG_NAME}: facet"),
                tuple(facet.get(VALUES_MEMBER) or ()),
                number,
            )
            for number, facet in enumerate(config.facet)
        ]
        features = [name for name in table.names if name not in excluded]
        if config.needs_predictions and not features:
            raise MonitorError(f"{CONFIG_NAME}: no column remains as a feature of the model")
        return cls(label, predicted, column_of("group_variable"), facets, features)


def _files_have_header(source: Path, headers: Sequence[str] | None) -> bool:
    """Return whether the files begin with their columns' names.

    Raises:
        MonitorError: only some of them do, or the names are not the headers.
    """
    rows_by_file = {file: rows for file in files_in(source) if (rows := first_rows(file))}
    has_header = {file: _has_header(rows, headers, file) for file, rows in rows_by_file.items()}
    if len(set(has_header.values())) > 1:
        with_names, without = (next(f.name for f, has in has_header.items() if has is flag) for flag in (True, False))
        raise MonitorError(f"{with_names} begins with the columns' names, and {without} does not; make them alike")
    return any(has_header.values())


def _has_header(rows: Sequence[Sequence[str]], headers: Sequence[str] | None, file: Path) -> bool:
    first = [cell.strip() for cell in rows[0]]
    are_texts = any(first) and not any(map(_is_number, first))
    if not headers:
        return are_texts
    if [cell.lower() for cell in first] == [name.strip().lower() for name in headers]:
        return True
    if are_texts and any(_is_number(cell) for row in rows[1:] for cell in row):
        raise MonitorError(
            f"{file.name} begins with {', '.join(first[:10])}, which look like names and are not the headers "
            f"({', '.join(headers[:10])}); make them the same, or remove one of them"
        )
    return False


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def format_floats(column: pa.Array) -> pa.Array:
    """Format floating-point numbers as strings with a decimal point, as in CSV; return any other column unchanged."""
    if not pa.types.is_floating(column.type):
        return column
    texts = pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
    is_whole = pc.match_substring_regex(texts, "^-?[0-9]+$")
    return pc.if_else(is_whole, pc.binary_join_element_wise(texts, ".0", ""), texts)


def nullify_missing(column: pa.Array) -> pa.Array:
    """Return the column with null for each cell that pandas reads as missing."""
    if not pa.types.is_dictionary(column.type):
        return pc.if_else(pc.is_in(column, MISSING_CELLS), None, column)
    if not pc.any(pc.is_in(column.dictionary, MISSING_CELLS), min_count=0).as_py():
        return column
    return nullify_missing(column.cast(pa.string())).dictionary_encode()
