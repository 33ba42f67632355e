"""A dataset: its files, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables import capture, csv_files, ground_truth, json_lines, manifests, parquet_files
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.csv_files import check_same_columns, names_of
from model_monitor.tables.files import files_in
from model_monitor.tables.partitions import Partition, partitions, whole_files
from model_monitor.tables.scripts import CAPTURE, preprocessed

import pyarrow as pa

#: Format, as the analyzer's dataset_format names it -> what reads it, with the format's options.
FORMATS: dict[str, Callable[..., Iterator[Chunk]]] = {
    "csv": csv_files.read,
    "json": json_lines.read,
    "parquet": parquet_files.read,
    CAPTURE: capture.read,
    "sagemakerMergeJson": ground_truth.read,
    "batchCaptureManifest": manifests.read,  # ours: the analyzer is given the files that a manifest lists
}


@dataclass(frozen=True)
class Dataset:
    """Where a dataset lies, and the analyzer's ``dataset_format`` for it, e.g. ``{"csv": {"header": True}}``."""

    source: Path
    format: Mapping[str, Any]
    preprocessor: Path | None = None
    roots: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of the format.

        Raises:
            MonitorError: there is no such format.
        """
        name = next(iter(self.format), "")
        if len(self.format) != 1 or name not in FORMATS:
            raise MonitorError(f"dataset_format must have one of {', '.join(FORMATS)}; it is {dict(self.format)!r}")
        return name

    @property
    def has_fixed_columns(self) -> bool:
        """Whether each row has all columns; else they are known once all rows are, and ordered by their names."""
        return self.name != "json" and self.preprocessor is None

    def partitions(self) -> list[Partition]:
        """What is read one after the other; see ``partitions``."""
        files = files_in(self.source)
        if not self.may_be_cut:
            return [whole_files(files)]
        names = check_same_columns(files, self._options["header"])
        return partitions(files, len(names))

    def chunks(self, partition: Partition, only: Mapping[str, pa.DataType] | None = None) -> Iterator[Chunk]:
        """The rows of a partition, some thousands at a time.

        Args:
            partition: one of ``partitions``.
            only: the columns to read, and what they are to become; all, as they are, where it is not given.
        """
        if self.may_be_cut:  # what is not read costs nothing then
            return csv_files.read(partition, **self._options, only=only)
        if self.preprocessor:
            chunks = preprocessed(partition, self.name, self.preprocessor)
        else:
            chunks = FORMATS[self.name](partition, **self._options, roots=self.roots)
        return (chunk.typed(only) for chunk in chunks) if only else chunks

    def columns(self, asked: Collection[str] = ()) -> list[str]:
        """The columns' names, as far as the first rows tell; where rows differ, up to where all of ``asked`` were seen.

        Raises:
            MonitorError: there are no rows.
        """
        files = files_in(self.source)
        if not self.has_fixed_columns:
            return self._late_columns(files, asked)
        if self.may_be_cut:
            names = (names_of(file, self._options["header"]) for file in files)
        else:
            names = (list(chunk.columns) for chunk in self.chunks(whole_files(files)))
        if (found := next(filter(None, names), None)) is None:
            raise MonitorError(f"{self.source} has no rows")
        return found

    def _late_columns(self, files: list[Path], asked: Collection[str]) -> list[str]:
        found: dict[str, None] = {}
        for chunk in self.chunks(whole_files(files)):
            found |= dict.fromkeys(chunk.columns)
            if found.keys() >= set(asked):
                break
        if not found:
            raise MonitorError(f"{self.source} has no rows")
        return list(found)

    @property
    def may_be_cut(self) -> bool:
        """Whether a file may be read in parts."""
        return self.name == "csv" and self.preprocessor is None

    @property
    def size(self) -> int:
        """Bytes of all files as they lie there."""
        return sum(file.stat().st_size for file in files_in(self.source))

    @property
    def _options(self) -> dict[str, Any]:
        given = dict(self.format[self.name] or {})
        header = given.get("header", self.name == "csv")
        return given | {"header": header if isinstance(header, bool) else str(header).lower() == "true"}
