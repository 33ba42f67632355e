"""A dataset: its files, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor.errors import MonitorError
from model_monitor.states.moments import PARTITION_BYTES
from model_monitor.tables import capture, csv_files, json_lines, manifests, parquet_files
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.files import files_in, size
from model_monitor.tables.scripts import CAPTURE, preprocessed

#: Format, as the analyzer's dataset_format names it -> what reads it, with the format's options.
FORMATS: dict[str, Callable[..., Iterator[Chunk]]] = {
    "csv": csv_files.read,
    "json": json_lines.read,
    "parquet": parquet_files.read,
    CAPTURE: capture.read,
    "batchCaptureManifest": manifests.read,  # ours: the analyzer is given the files that a manifest lists
}
#: Formats whose columns have names of their own, so that they can be held against a baseline's.
NAMED = ("json", "parquet")


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
    def has_names(self) -> bool:
        """Whether the data say what their columns are called."""
        return self.name in NAMED or self.preprocessor is not None or (self.name == "csv" and self._options["header"])

    @property
    def has_fixed_columns(self) -> bool:
        """Whether each row has all columns; else they are known once all rows are, and ordered by their names."""
        return self.name != "json" and self.preprocessor is None

    @property
    def is_one_partition(self) -> bool:
        """Whether Spark would read all of it in one go."""
        return size(files_in(self.source)) <= PARTITION_BYTES

    def chunks(self) -> Iterator[Chunk]:
        """The rows, some thousands at a time."""
        files = files_in(self.source)
        if self.preprocessor:
            return preprocessed(files, self.name, self.preprocessor)
        return FORMATS[self.name](files, **self._options, roots=self.roots)

    @property
    def _options(self) -> dict[str, Any]:
        given = dict(self.format[self.name] or {})
        header = given.get("header", self.name == "csv")
        return given | {"header": header if isinstance(header, bool) else str(header).lower() == "true"}
