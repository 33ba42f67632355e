"""The bias methods of a run: one pass over the rows, with the model's predictions where the dataset has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_monitor.bias import flip_test, report
from model_monitor.bias.cells import GROUP, LABEL, PREDICTED, Cells, Facet, Role, encode
from model_monitor.bias.values import ABOVE, Scores
from model_monitor.clarify.columns import Roles, Table
from model_monitor.clarify.config import POST, PRE, PROBABILITY_THRESHOLD, AnalysisConfig
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.predictor import Predicts
from model_monitor.predictions.rows import Rows
from model_monitor.result import Progress
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.one_pass import one_pass
from model_monitor.tables.partitions import Partition

import pyarrow as pa

CLASS, TEXT = pa.dictionary(pa.int32(), pa.string()), pa.string()


@dataclass
class BiasCounts:
    """What one partition came to."""

    cells: Cells
    rows: flip_test.Rows | None
    count: int = 0

    def merge(self, other: BiasCounts) -> None:
        """Take in the next partition's."""
        self.cells.merge(other.cells)
        self.count += other.count
        if self.rows and other.rows:
            self.rows.merge(other.rows)


@dataclass(frozen=True)
class Bias:
    """What is to be measured, of which columns, with which model."""

    config: AnalysisConfig
    table: Table
    roles: Roles
    predictor: Predicts | None

    def measured(self, on_progress: Progress) -> tuple[dict[str, Any], int, list[str]]:
        """The bias members of analysis.json, the number of rows, and what a person should know.

        Raises:
            MonitorError: the data or the model's answers cannot be used; see ``bias.report``.
        """
        whole = one_pass(self.table.dataset.partitions(), lambda _, partition: self._part(partition), on_progress)
        if whole is None or not whole.count:
            raise MonitorError(f"{self.table.dataset.source} has no rows")
        label, found = str(self.roles.label), dict[str, Any]()
        if POST in self.config.methods:
            found["post_training_bias_metrics"] = report.post_training(
                whole.cells, label, whole.rows, self.config.metrics(POST)
            )
        if PRE in self.config.methods:
            found["pre_training_bias_metrics"] = report.pre_training(whole.cells, label, self.config.metrics(PRE))
        return found, whole.count, list(self._notes(whole.cells))

    def _part(self, partition: Partition) -> BiasCounts:
        flips = POST in self.config.methods and flip_test.NAME in self.config.metrics(POST)
        left_out = (self.roles.label, self.roles.predicted)
        columns = [name for name in self.table.names if name not in left_out] if flips else None
        counted = BiasCounts(
            Cells(self.roles.facets, self.config.label_values_or_threshold, self._scores()),
            flip_test.Rows(columns) if columns is not None else None,
        )
        for chunk in self.table.chunks(partition, self._needed(columns)):
            roles = self._by_role(chunk)
            counted.cells.update(roles)
            counted.count += chunk.rows
            if counted.rows:
                counted.rows.update(chunk.columns, roles)
        return counted

    def _needed(self, more: list[str] | None) -> dict[str, pa.DataType]:
        roles = [self.roles.label, self.roles.predicted, self.roles.group, *(f.column for f in self.roles.facets)]
        features = self.roles.features if self._asks else ()
        return dict.fromkeys([*(more or ()), *features], TEXT) | {name: CLASS for name in roles if name}

    @property
    def _asks(self) -> bool:
        return POST in self.config.methods and self.roles.predicted is None

    def _by_role(self, chunk: Chunk) -> Mapping[Role, pa.DictionaryArray]:
        named = {LABEL: self.roles.label, GROUP: self.roles.group}
        if POST in self.config.methods:
            named[PREDICTED] = self.roles.predicted
        found: dict[Role, pa.Array] = {role: chunk.columns[name] for role, name in named.items() if name}
        found |= {facet: chunk.columns[facet.column] for facet in self.roles.facets}
        if self._asks and self.predictor:
            found[PREDICTED] = self.predictor.labels(Rows.of([chunk.columns[name] for name in self.roles.features]))
        return {role: encode(column) for role, column in found.items()}

    def _scores(self) -> Scores | None:
        """How scores become labels: as the configuration says, else by 0.5 where a model is asked."""
        threshold = self.config.probability_threshold
        if threshold is None and not self._asks:
            return None
        given = self.config.predictor
        headers = list(given.get("label_headers") or [])
        return Scores(
            PROBABILITY_THRESHOLD if threshold is None else threshold,
            str(headers[0]) if len(headers) == 1 else "1",
            always="probability" in given and "label" not in given and len(headers) < 2,
        )

    def _notes(self, cells: Cells) -> Iterator[str]:
        if not any(label & cells.bit(LABEL) for _, label, _, _ in cells.counted[cells.facets[0]]):
            yield f"no row has a positive label, which label_values_or_threshold {cells.values!r} should say"
        for role, seen in cells.seen.items():
            what = role if isinstance(role, str) else f"facet {role.column!r}"
            if seen.missing:
                yield f"{seen.missing} rows have no {what}; as Clarify does, they count as not having the value"
            is_whole = not (seen.has_fractions or seen.missing or seen.is_boolean)
            if is_whole and cells.bit(role) == ABOVE and role != PREDICTED:
                values = role.values if isinstance(role, Facet) else cells.values
                yield (
                    f"{what} holds integers of which 5 % or more are distinct: as Clarify does, {values[0]!r} is taken "
                    "as a threshold, not as a value"
                )
