"""Reads the SHAP baseline of a run: rows in the configuration or in a file, or centres of the dataset's clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor.clarify.config import CONFIG_NAME, SHAP, AnalysisConfig
from model_monitor.explanations import baseline
from model_monitor.explanations.baseline import Texts
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.jmespath import search
from model_monitor.predictions.media_types import CSV, JSON_LINES, PARQUET
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.json_lines import objects

import pyarrow as pa

#: The number of baseline rows multiplies that of the predictions for each row.
MAX_ROWS = 1000


_FORMATS: dict[str, dict[str, Any]] = {CSV: {"csv": {"header": False}}, PARQUET: {"parquet": {}}}


@dataclass(frozen=True)
class BaselineRows:
    """Locates the baseline of a run; ``file`` takes precedence over the configuration."""

    config: AnalysisConfig
    features: Sequence[str]
    file: Path | None = None

    def rows(self, chunks: Callable[[], Iterator[list[pa.Array]]]) -> list[Texts]:
        """Return the rows, each with as many strings as there are features.

        Args:
            chunks: yields the dataset's columns.

        Raises:
            MonitorError: there is no such file, or a row has another width.
        """
        parameters = self.config.methods[SHAP]
        if self.file or "baseline" in parameters:
            return self._configured_rows(str(self.file) if self.file else parameters["baseline"])
        seed = parameters.get("seed", 0)
        return baseline.cluster(baseline.sample(chunks(), seed), parameters.get("num_clusters"), seed)

    def _configured_rows(self, source: Any) -> list[Texts]:
        is_file = isinstance(source, str)
        rows = self._read(Path(source)) if is_file else [self._row(row) for row in source]
        if not 0 < len(rows) <= MAX_ROWS:
            raise MonitorError(f"the SHAP baseline has {len(rows)} rows; it must have 1 to {MAX_ROWS:,}")
        return baseline.given_rows(rows, self.features)

    def _row(self, row: Any) -> list[Any]:
        if isinstance(row, list):
            return row
        features = search(self.config.features or "", row) if self.config.features else None
        if not isinstance(features, list):
            raise MonitorError(f"{CONFIG_NAME}: the row {row!r:.60} of the SHAP baseline has no list of features")
        return features

    def _read(self, file: Path) -> list[Any]:
        if not file.exists():
            raise MonitorError(f"there is no SHAP baseline {str(file)!r}")
        if self.config.dataset_type == JSON_LINES:
            return [self._row(record) for record in objects(file)]
        dataset = Dataset(file, _FORMATS[self.config.dataset_type])
        columns = [list(chunk.columns.values()) for part in dataset.partitions() for chunk in dataset.chunks(part)]
        rows = [row for part in columns for row in zip(*(c.cast(pa.string()).to_pylist() for c in part), strict=True)]
        return rows[1:] if rows and list(rows[0]) == list(self.features) else rows
