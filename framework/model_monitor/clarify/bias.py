"""Runs the bias methods: one pass through the rows, with the model's predictions if the dataset has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_monitor.bias_metrics import flip_test, report
from model_monitor.bias_metrics.cells import GROUP, LABEL, PREDICTED, Cells, Facet, Role, encode
from model_monitor.bias_metrics.values import ABOVE, Scores
from model_monitor.clarify.columns import Roles, Table
from model_monitor.clarify.config import POST, PRE, PROBABILITY_THRESHOLD, AnalysisConfig
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.predictor import Predicts
from model_monitor.predictions.rows import Rows
from model_monitor.result import Progress
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.one_pass import accumulate
from model_monitor.tables.partitions import Partition

import pyarrow as pa

CATEGORY_TYPE, STRING_TYPE = pa.dictionary(pa.int32(), pa.string()), pa.string()


@dataclass
class BiasCounts:
    """Accumulates the rows of a partition."""

    cells: Cells
    rows: flip_test.Rows | None
    count: int = 0

    def merge(self, later: BiasCounts) -> None:
        """Add the accumulator of the next partition."""
        self.cells.merge(later.cells)
        self.count += later.count
        if self.rows and later.rows:
            self.rows.merge(later.rows)


@dataclass(frozen=True)
class Bias:
    """Measures the bias of a table's columns, and of a model's predictions."""

    config: AnalysisConfig
    table: Table
    roles: Roles
    predictor: Predicts | None

    def measure(self, on_progress: Progress) -> tuple[dict[str, Any], int, list[str]]:
        """Return the bias members of analysis.json, the number of rows, and notes for the user.

        Raises:
            MonitorError: the data or the model's answers cannot be used; see ``bias.report``.
        """
        total = accumulate(self.table.dataset.partitions(), lambda _, partition: self._part(partition), on_progress)
        if total is None or not total.count:
            raise MonitorError(f"{self.table.dataset.source} has no rows")
        label, members = str(self.roles.label), dict[str, Any]()
        if POST in self.config.methods:
            members["post_training_bias_metrics"] = report.post_training(
                total.cells, label, total.rows, self.config.metrics(POST)
            )
        if PRE in self.config.methods:
            members["pre_training_bias_metrics"] = report.pre_training(total.cells, label, self.config.metrics(PRE))
        return members, total.count, list(self._notes(total.cells))

    def _part(self, partition: Partition) -> BiasCounts:
        flips = POST in self.config.methods and flip_test.NAME in self.config.metrics(POST)
        outcomes = (self.roles.label, self.roles.predicted)
        columns = [name for name in self.table.names if name not in outcomes] if flips else None
        counts = BiasCounts(
            Cells(self.roles.facets, self.config.label_values_or_threshold, self._scores()),
            flip_test.Rows(columns) if columns is not None else None,
        )
        for chunk in self.table.chunks(partition, self._column_types(columns)):
            roles = self._by_role(chunk)
            counts.cells.update(roles)
            counts.count += chunk.rows
            if counts.rows:
                counts.rows.update(chunk.columns, roles)
        return counts

    def _column_types(self, flip_test_columns: list[str] | None) -> dict[str, pa.DataType]:
        roles = [self.roles.label, self.roles.predicted, self.roles.group, *(f.column for f in self.roles.facets)]
        features = self.roles.features if self._asks_model else ()
        return dict.fromkeys([*(flip_test_columns or ()), *features], STRING_TYPE) | {
            name: CATEGORY_TYPE for name in roles if name
        }

    @property
    def _asks_model(self) -> bool:
        return POST in self.config.methods and self.roles.predicted is None

    def _by_role(self, chunk: Chunk) -> Mapping[Role, pa.DictionaryArray]:
        names = {LABEL: self.roles.label, GROUP: self.roles.group}
        if POST in self.config.methods:
            names[PREDICTED] = self.roles.predicted
        columns: dict[Role, pa.Array] = {role: chunk.columns[name] for role, name in names.items() if name}
        columns |= {facet: chunk.columns[facet.column] for facet in self.roles.facets}
        if self._asks_model and self.predictor:
            columns[PREDICTED] = self.predictor.labels(Rows.of([chunk.columns[name] for name in self.roles.features]))
        return {role: encode(column) for role, column in columns.items()}

    def _scores(self) -> Scores | None:
        """Return how scores become labels: by the configured threshold, or by 0.5 for a model's scores without one."""
        threshold = self.config.probability_threshold
        if threshold is None and not self._asks_model:
            return None
        predictor = self.config.predictor
        headers = list(predictor.get("label_headers") or [])
        return Scores(
            PROBABILITY_THRESHOLD if threshold is None else threshold,
            str(headers[0]) if len(headers) == 1 else "1",
            always="probability" in predictor and "label" not in predictor and len(headers) < 2,
        )

    def _notes(self, cells: Cells) -> Iterator[str]:
        if not any(label & cells.bit(LABEL) for _, label, _, _ in cells.cell_counts[cells.facets[0]]):
            yield f"no row has a positive label; check label_values_or_threshold {cells.values!r}"
        for role, values in cells.observed.items():
            name = role if isinstance(role, str) else f"facet {role.column!r}"
            if values.missing:
                yield f"{values.missing} rows have no {name}; as Clarify does, they count as not having the value"
            is_whole = not (values.has_fractions or values.missing or values.is_boolean)
            if is_whole and cells.bit(role) == ABOVE and role != PREDICTED:
                threshold = (role.values if isinstance(role, Facet) else cells.values)[0]
                yield (
                    f"{name} holds integers of which 5 % or more are distinct: as Clarify does, {threshold!r} is taken "
                    "as a threshold, not as a value"
                )
