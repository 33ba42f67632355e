"""The columns of a run's dataset: what they are called, and what each is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from model_monitor.bias.cells import Facet
from model_monitor.clarify.config import WHERE, AnalysisConfig
from model_monitor.clarify.json_records import JsonRecords
from model_monitor.clarify.members import CSV, JSON_LINES
from model_monitor.errors import MonitorError
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.csv_files import first_row
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.files import files_in
from model_monitor.tables.partitions import Partition

import pyarrow as pa


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
        they do where the first row has no number and no empty cell, or is what ``headers`` says.

        Raises:
            MonitorError: there are no rows, or ``headers`` are not as many as there are columns.
        """
        if config.dataset_type == JSON_LINES:
            records = JsonRecords(source, config)
            return cls(records, records.names, records.names)
        if config.dataset_type == CSV:
            has_names = _has_names(first_row(files_in(source)[0]), config.headers)
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
        near = get_close_matches(name, self.names, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise MonitorError(f"{what}: there is no column {name!r}{hint} (there are: {', '.join(self.names[:20])})")

    def chunks(self, partition: Partition, only: Mapping[str, pa.DataType]) -> Iterator[Chunk]:
        """The rows of a partition, some thousands at a time; the columns under their names here."""
        asked = {self.in_files[self.names.index(name)]: (name, kind) for name, kind in only.items()}
        for chunk in self.dataset.chunks(partition, {own: kind for own, (_, kind) in asked.items()}):
            yield replace(chunk, columns={name: chunk.columns[own] for own, (name, _) in asked.items()})


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
            Facet(table.column(f["name_or_index"], f"{WHERE}: facet"), tuple(f.get("value_or_threshold") or ()))
            for f in config.facet
        ]
        features = [name for name in table.names if name not in left_out]
        return cls(label, predicted, named("group_variable"), facets, features)


def _has_names(first: Sequence[str], headers: Sequence[str] | None) -> bool:
    if headers:
        return list(first) == list(headers)
    return all(cell.strip() and not _is_number(cell) for cell in first) and len(set(first)) == len(first)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
