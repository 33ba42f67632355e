"""Define a dataset: its files, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables import capture, csv_files, ground_truth, json_lines, manifests, parquet_files
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.csv_files import check_same_columns, column_names
from model_monitor.tables.files import files_in
from model_monitor.tables.partitions import Partition, partitions, whole_files
from model_monitor.tables.scripts import CAPTURE_FORMAT, preprocess

import pyarrow as pa

#: Format, as the analyzer's dataset_format names it -> the function that reads it, with the format's options.
FORMATS: dict[str, Callable[..., Iterator[Chunk]]] = {
    "csv": csv_files.read,
    "json": json_lines.read,
    "parquet": parquet_files.read,
    CAPTURE_FORMAT: capture.read,
    "sagemakerMergeJson": ground_truth.read,
    "batchCaptureManifest": manifests.read,  # ours: the analyzer itself gets the files that a manifest lists
}


@dataclass(frozen=True)
class Dataset:
    """A dataset that is stored in files.

    ``format`` is the analyzer's ``dataset_format``, e.g. ``{"csv": {"header": True}}``.
    """

    source: Path
    format: Mapping[str, Any]
    preprocessor: Path | None = None
    roots: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the format.

        Raises:
            MonitorError: there is no such format.
        """
        name = next(iter(self.format), "")
        if len(self.format) != 1 or name not in FORMATS:
            raise MonitorError(f"dataset_format must have one of {', '.join(FORMATS)}; it is {dict(self.format)!r}")
        return name

    @property
    def has_fixed_columns(self) -> bool:
        """Whether each row has all columns.

        Otherwise the columns are known once all rows are, and are ordered by their names.
        """
        return self.name != "json" and self.preprocessor is None

    def partitions(self) -> list[Partition]:
        """Return the partitions, each of which is read in order; see ``partitions``."""
        files = files_in(self.source)
        if not self.may_be_cut:
            return [whole_files(files)]
        names = check_same_columns(files, self._options["header"])
        return partitions(files, len(names))

    def chunks(self, partition: Partition, types: Mapping[str, pa.DataType] | None = None) -> Iterator[Chunk]:
        """Yield the rows of a partition, some thousands at a time.

        Args:
            partition: one of ``partitions``.
            types: the columns to read, and their types; by default all, as they are.
        """
        if self.may_be_cut:  # columns that are not read cost nothing
            return csv_files.read(partition, **self._options, types=types)
        if self.preprocessor:
            chunks = preprocess(partition, self.name, self.preprocessor)
        else:
            chunks = FORMATS[self.name](partition, **self._options, roots=self.roots)
        return (chunk.convert(types) for chunk in chunks) if types else chunks

    def columns(self, required: Collection[str] = ()) -> list[str]:
        """Return the columns' names, as far as the first rows show them.

        If rows differ in their columns, read on until all of ``required`` have occurred.

        Raises:
            MonitorError: there are no rows.
        """
        files = files_in(self.source)
        if not self.has_fixed_columns:
            return self._late_columns(files, required)
        if self.may_be_cut:
            names = (column_names(file, self._options["header"]) for file in files)
        else:
            names = (list(chunk.columns) for chunk in self.chunks(whole_files(files)))
        if (first_names := next(filter(None, names), None)) is None:
            raise MonitorError(f"{self.source} has no rows")
        return first_names

    def _late_columns(self, files: list[Path], required: Collection[str]) -> list[str]:
        columns: dict[str, None] = {}
        for chunk in self.chunks(whole_files(files)):
            columns |= dict.fromkeys(chunk.columns)
            if columns.keys() >= set(required):
                break
        if not columns:
            raise MonitorError(f"{self.source} has no rows")
        return list(columns)

    @property
    def may_be_cut(self) -> bool:
        """Whether a file may be read in parts."""
        return self.name == "csv" and self.preprocessor is None

    @property
    def size(self) -> int:
        """The total size of all stored files in bytes."""
        return sum(file.stat().st_size for file in files_in(self.source))

    @property
    def _options(self) -> dict[str, Any]:
        options = dict(self.format[self.name] or {})
        header = options.get("header", self.name == "csv")
        return options | {"header": header if isinstance(header, bool) else str(header).lower() == "true"}
