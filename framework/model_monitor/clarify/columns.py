"""The columns of a run's dataset: what they are called, and what each is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model_monitor.bias.cells import Facet
from model_monitor.clarify.config import WHERE, AnalysisConfig
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

#: https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html, na_values: Clarify reads by pandas.
MISSING = pa.array(
    [
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
        "NULL", "NaN", "None", "n/a", "nan", "null",
    ]
)  # fmt: skip


VALUES = "value_or_threshold"


@dataclass(frozen=True)
class Table:
    """A dataset with the names that its columns have in the analysis, in their order in the files."""

    dataset: Dataset | JsonRecords
    names: Sequence[str]
    in_files: Sequence[str]

    @classmethod
    def open(cls, source: Path, config: AnalysisConfig) -> Table:
        """The dataset of a run.

        Columns are called as ``headers`` has it, else as the files do; without either column_0, column_1 ... Whether
        CSV files begin with their columns' names Clarify finds out by itself, in a way that nobody outside knows: here
        they do where the first row has no number, or is what ``headers`` says.

        Raises:
            MonitorError: there are no rows, files differ in whether they have names, or ``headers`` are not as many as
                there are columns, or not those of the file.
        """
        if config.dataset_type == JSON_LINES:
            records = JsonRecords(source, config)
            return cls(records, records.names, records.names)
        if config.dataset_type == CSV:
            has_names = _have_names(source, config.headers)
            dataset = Dataset(source, {"csv": {"header": has_names}})
        else:
            has_names, dataset = True, Dataset(source, {"parquet": {}})
        in_files = dataset.columns()
        names = config.headers or (in_files if has_names else [f"column_{n}" for n in range(len(in_files))])
        if len(names) != len(in_files):
            raise MonitorError(
                f"{WHERE}: there are {len(names)} headers ({', '.join(names[:20])}), and {source.name} has "
                f"{len(in_files)} columns"
            )
        return cls(dataset, names, in_files)

    def column(self, name: str | int, what: str) -> str:
        """The name of the column that a name or a number means.

        Raises:
            MonitorError: there is no such column.
        """
        if isinstance(name, int):
            if name < len(self.names):
                return self.names[name]
            raise MonitorError(f"{what} is column {name}; there are columns 0 to {len(self.names) - 1}")
        if name in self.names:
            return name
        hint = did_you_mean(name, self.names)
        raise MonitorError(f"{what}: there is no column {name!r}{hint} (there are: {', '.join(self.names[:20])})")

    def chunks(self, partition: Partition, only: Mapping[str, pa.DataType]) -> Iterator[Chunk]:
        """The rows of a partition, some thousands at a time; the columns under their names here."""
        asked = {self.in_files[self.names.index(name)]: (name, kind) for name, kind in only.items()}
        for chunk in self._read(partition, {own: kind for own, (_, kind) in asked.items()}):
            yield replace(chunk, columns={name: is_present(chunk.columns[own]) for own, (name, _) in asked.items()})

    def _read(self, partition: Partition, only: Mapping[str, pa.DataType]) -> Iterator[Chunk]:
        if isinstance(self.dataset, JsonRecords) or self.dataset.may_be_cut:
            yield from self.dataset.chunks(partition, only)
            return
        for chunk in self.dataset.chunks(partition):
            columns = {name: with_point(column) for name, column in chunk.columns.items()}
            yield replace(chunk, columns=columns).typed(only)


@dataclass(frozen=True)
class Roles:
    """What the columns of a table are for."""

    label: str | None
    predicted: str | None
    group: str | None
    facets: Sequence[Facet]
    features: Sequence[str]

    @classmethod
    def of(cls, table: Table, config: AnalysisConfig) -> Roles:
        """As the configuration says.

        Raises:
            MonitorError: it names a column that is not there.
        """

        def named(member: str) -> str | None:
            name = getattr(config, member)
            return None if name is None else table.column(name, f"{WHERE}: {member}")

        if isinstance(table.dataset, JsonRecords):
            label, predicted = table.dataset.label, table.dataset.predicted
        else:
            label, predicted = named("label"), named("predicted_label")
        left_out = {label, predicted, named("joinsource_name_or_index")}
        left_out |= {table.column(name, f"{WHERE}: excluded_columns") for name in config.excluded_columns}
        facets = [
            Facet(table.column(given["name_or_index"], f"{WHERE}: facet"), tuple(given.get(VALUES) or ()), number)
            for number, given in enumerate(config.facet)
        ]
        features = [name for name in table.names if name not in left_out]
        if config.needs_predictions and not features:
            raise MonitorError(f"{WHERE}: no column is left that the model could get")
        return cls(label, predicted, named("group_variable"), facets, features)


def _have_names(source: Path, headers: Sequence[str] | None) -> bool:
    """Whether the files begin with their columns' names.

    Raises:
        MonitorError: some do and some do not, or the names are not the headers.
    """
    found = {file: rows for file in files_in(source) if (rows := first_rows(file))}
    have = {file: _has_names(rows, headers, file) for file, rows in found.items()}
    if len(set(have.values())) > 1:
        with_names, without = (next(f.name for f, has in have.items() if has is wanted) for wanted in (True, False))
        raise MonitorError(f"{with_names} begins with the columns' names, and {without} does not; make them alike")
    return any(have.values())


def _has_names(rows: Sequence[Sequence[str]], headers: Sequence[str] | None, file: Path) -> bool:
    first = [cell.strip() for cell in rows[0]]
    are_texts = any(first) and not any(map(_is_number, first))
    if not headers:
        return are_texts
    if [cell.lower() for cell in first] == [name.strip().lower() for name in headers]:
        return True
    if are_texts and any(_is_number(cell) for row in rows[1:] for cell in row):
        raise MonitorError(
            f"{file.name} begins with {', '.join(first[:10])}, which look like names and are not the headers "
            f"({', '.join(headers[:10])}); make them the same, or take one of them away"
        )
    return False


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def with_point(column: pa.Array) -> pa.Array:
    """A column of floating-point numbers as texts that show what they are, as in CSV; any other as it is."""
    if not pa.types.is_floating(column.type):
        return column
    texts = pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
    is_whole = pc.match_substring_regex(texts, "^-?[0-9]+$")
    return pc.if_else(is_whole, pc.binary_join_element_wise(texts, ".0", ""), texts)


def is_present(column: pa.Array) -> pa.Array:
    """The column; cells that pandas reads as missing are."""
    if not pa.types.is_dictionary(column.type):
        return pc.if_else(pc.is_in(column, MISSING), None, column)
    if not pc.any(pc.is_in(column.dictionary, MISSING), min_count=0).as_py():
        return column
    return is_present(column.cast(pa.string())).dictionary_encode()
