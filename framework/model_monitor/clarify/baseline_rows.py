"""The SHAP baseline of a run: rows in the configuration, rows in a file, or centres of the dataset's clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor.clarify.config import SHAP, WHERE, AnalysisConfig
from model_monitor.explanations import baseline
from model_monitor.explanations.baseline import Texts
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.jmespath import search
from model_monitor.predictions.media_types import CSV, JSON_LINES, PARQUET
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.json_lines import objects

import pyarrow as pa

#: More would make every prediction of every row so many.
MAX_ROWS = 1000


_FORMATS: dict[str, dict[str, Any]] = {CSV: {"csv": {"header": False}}, PARQUET: {"parquet": {}}}


@dataclass(frozen=True)
class BaselineRows:
    """Where a run's baseline is; ``file`` is taken instead of what the configuration has."""

    config: AnalysisConfig
    features: Sequence[str]
    file: Path | None = None

    def rows(self, chunks: Callable[[], Iterator[list[pa.Array]]]) -> list[Texts]:
        """The rows, each with as many texts as there are features.

        Args:
            chunks: gives the dataset's columns.

        Raises:
            MonitorError: there is no such file, or a row of another width.
        """
        given = self.config.methods[SHAP]
        if self.file or "baseline" in given:
            return self._given(str(self.file) if self.file else given["baseline"])
        seed = given.get("seed", 0)
        return baseline.cluster(baseline.sample(chunks(), seed), given.get("num_clusters"), seed)

    def _given(self, found: Any) -> list[Texts]:
        is_file = isinstance(found, str)
        rows = self._read(Path(found)) if is_file else [self._row(row) for row in found]
        if not 0 < len(rows) <= MAX_ROWS:
            raise MonitorError(f"the SHAP baseline has {len(rows)} rows; it must have 1 to {MAX_ROWS:,}")
        return baseline.given_rows(rows, self.features)

    def _row(self, row: Any) -> list[Any]:
        if isinstance(row, list):
            return row
        found = search(self.config.features or "", row) if self.config.features else None
        if not isinstance(found, list):
            raise MonitorError(f"{WHERE}: the row {row!r:.60} of the SHAP baseline has no list of features")
        return found

    def _read(self, file: Path) -> list[Any]:
        if not file.exists():
            raise MonitorError(f"there is no SHAP baseline {str(file)!r}")
        if self.config.dataset_type == JSON_LINES:
            return [self._row(record) for record in objects(file)]
        form = _FORMATS[self.config.dataset_type]
        dataset = Dataset(file, form)
        columns = [list(chunk.columns.values()) for part in dataset.partitions() for chunk in dataset.chunks(part)]
        rows = [row for some in columns for row in zip(*(c.cast(pa.string()).to_pylist() for c in some), strict=True)]
        return rows[1:] if rows and list(rows[0]) == list(self.features) else rows
