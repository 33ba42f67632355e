"""Reads JSON lines of any shape: JMESPath expressions locate label and features in a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from model_monitor.clarify.config import CONFIG_NAME, AnalysisConfig
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.jmespath import search
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.files import files_in
from model_monitor.tables.json_lines import chunks, objects
from model_monitor.tables.partitions import Partition, whole_files

import pyarrow as pa


class JsonRecords:
    """Presents a dataset of JSON lines as a table: the features, then the label, then the predicted label.

    By convention ``headers`` name them in this order. Without headers, features are column_0 ..., and the label columns
    have their expressions as names.
    """

    def __init__(self, source: Path, config: AnalysisConfig):
        self.source = source
        self._config = config
        first = next((record for file in files_in(source) for record in objects(file)), None)
        if first is None:
            raise MonitorError(f"{source} has no rows")
        outcomes = [str(name) for name in (config.label, config.predicted_label) if name is not None]
        count = len(self._features(first, "record 1"))
        self.names = list(config.headers or [*(f"column_{n}" for n in range(count)), *outcomes])
        if len(self.names) != count + len(outcomes):
            raise MonitorError(
                f"{CONFIG_NAME}: there are {len(self.names)} headers, and the first record has {count} features"
                + (f" besides {' and '.join(outcomes)}" if outcomes else "")
            )
        if len(set(self.names)) < len(self.names):
            raise MonitorError(
                f"{CONFIG_NAME}: two columns would have the same name ({', '.join(self.names)}); give headers"
            )
        self._count = count
        self.label = self.names[count] if config.label is not None else None
        self.predicted = self.names[-1] if config.predicted_label is not None else None

    def partitions(self) -> list[Partition]:
        """Return one partition with all files, which are read one after the other."""
        return [whole_files(files_in(self.source))]

    def chunks(self, partition: Partition, only: Mapping[str, pa.DataType]) -> Iterator[Chunk]:
        """Yield the rows, some thousands at a time.

        Raises:
            MonitorError: a record has another number of features, or none, or a nested value.
        """
        for part in partition:
            rows = (
                self._row(record, f"{part.file.name}, record {n}") for n, record in enumerate(objects(part.file), 1)
            )
            for chunk in chunks(part, rows):
                yield chunk.convert(only)

    def _row(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        features = self._features(record, where)
        if len(features) != self._count:
            raise MonitorError(f"{where} has {len(features)} features; the first record has {self._count}")
        paths = [path for path in (self._config.label, self._config.predicted_label) if path is not None]
        return dict(zip(self.names, [*features, *(search(str(path), record) for path in paths)], strict=True))

    def _features(self, record: Mapping[str, Any], where: str) -> list[Any]:
        features = search(self._config.features or "", record)
        if not isinstance(features, list):
            raise MonitorError(f"{where}: features {self._config.features!r} is {features!r:.60}; it must be a list")
        return features
