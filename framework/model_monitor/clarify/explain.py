"""Runs the explainability methods: SHAP values and partial dependence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor.clarify.baseline_rows import BaselineRows
from model_monitor.clarify.columns import Roles, Table
from model_monitor.clarify.config import PDP, SHAP, AnalysisConfig
from model_monitor.clarify.local_values import LocalValues
from model_monitor.explanations.aggregation import Aggregate
from model_monitor.explanations.coalitions import default_samples
from model_monitor.explanations.kernel_shap import KernelShap, Score
from model_monitor.explanations.partial_dependence import RESOLUTION, TOP_FEATURES, Range
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.rows import Rows
from model_monitor.result import Progress

import numpy as np
import pyarrow as pa

#: Rows that are explained at a time: progress is reported after each batch, and memory grows with its size.
ROWS_PER_BATCH = 100
#: SHAP values of rows, shape (rows, features, outputs), and the expected value, shape (outputs,).
ShapValues = tuple[np.ndarray, np.ndarray]


@dataclass
class ConsistentScore:
    """Scores rows with a model, and checks that it always gives the same number of scores per row."""

    score: Score
    outputs: int | None = None

    def __call__(self, rows: Rows) -> np.ndarray:
        """Return the scores of rows, see ``Score``.

        Raises:
            MonitorError: the number of scores per row differs from the first call's.
        """
        scores = self.score(rows)
        self.outputs = self.outputs or scores.shape[1]
        if scores.shape[1] != self.outputs:
            raise MonitorError(f"the model returned {self.outputs} scores per row at first, and then {scores.shape[1]}")
        return scores


@dataclass(frozen=True)
class Explanations:
    """Explains a model. ``trees`` is set if exact values are requested; local values are written into ``folder``."""

    config: AnalysisConfig
    table: Table
    roles: Roles
    score: Score
    folder: Path
    baseline_file: Path | None = None
    trees: Any = None

    @property
    def notes(self) -> list[str]:
        """The remarks that the user should read."""
        samples, features = self.config.methods.get(SHAP, {}).get("num_samples"), len(self.roles.features)
        if samples is None or samples >= min(features, 2**features - 2) or self.trees:
            return []
        return [f"num_samples {samples} is less than the {features} features: too few to give each a value of its own"]

    def compute(self, on_progress: Progress) -> tuple[dict[str, Any], int]:
        """Return the member ``explanations`` of analysis.json, and the number of rows.

        Raises:
            MonitorError: the model, its answers, the baseline or a feature cannot be used.
        """
        sections: dict[str, Any] = {}
        rows, shap = 0, None
        if SHAP in self.config.methods:
            shap, rows = self._shap(on_progress)
            sections["kernel_shap"] = shap
        if PDP in self.config.methods:
            sections["pdp"], rows = self._partial_dependence(shap)
        return sections, rows

    def _shap(self, on_progress: Progress) -> tuple[dict[str, Any], int]:
        parameters = self.config.methods[SHAP]
        baseline = BaselineRows(self.config, self.roles.features, self.baseline_file).rows(self._chunks)
        explain = (
            _tree_explainer(self.trees, parameters, baseline) if self.trees else self._kernel_explainer(parameters)
        )
        aggregate, total, expected = Aggregate(parameters.get("agg_method", "mean_abs")), self._count(), np.empty(0)
        with LocalValues(
            self.folder, self.roles.features, baseline, parameters.get("save_local_shap_values", False)
        ) as saved:
            for rows in self._rows(baseline):
                count = len(rows) - len(baseline)
                values, expected = explain(rows.slice(0, count), rows.slice(count, len(rows)))
                aggregate.update(values)
                saved.write(values)
                on_progress(aggregate.rows, total)
            if not aggregate.rows:
                raise MonitorError(f"{self.table.dataset.source} has no rows")
        result = aggregate.result()
        return {
            label: {
                "global_shap_values": dict(zip(self.roles.features, result[:, number].tolist(), strict=True)),
                "expected_value": float(expected[number]),
            }
            for number, label in enumerate(self._labels(len(expected)))
        }, aggregate.rows

    def _kernel_explainer(self, parameters: Any) -> Any:
        samples = parameters.get("num_samples") or default_samples(len(self.roles.features))
        kernel = KernelShap(self.score, samples, parameters.get("seed", 0), parameters.get("use_logit", False))
        return lambda rows, baseline: (kernel.values(rows, baseline), kernel.expected_value(baseline))

    def _partial_dependence(self, shap: dict[str, Any] | None) -> tuple[list[dict[str, Any]], int]:
        parameters = self.config.methods[PDP]
        features = self._select_features(parameters, shap)
        ranges = [Range(name) for name in features]
        for columns in self._chunks():
            for value_range in ranges:
                value_range.update(columns[list(self.roles.features).index(value_range.name)])
        grids = [value_range.grid(parameters.get("grid_resolution", RESOLUTION)) for value_range in ranges]
        outputs = 1
        for columns in self._chunks():
            rows = Rows.of(columns)
            outputs = self.score(rows.slice(0, 1)).shape[1]
            for grid in grids:
                grid.update(self.score, rows, list(self.roles.features).index(grid.name))
        if not grids or not grids[0].rows:
            raise MonitorError(f"{self.table.dataset.source} has no rows")
        return [grid.result(self._labels(outputs)) for grid in grids], grids[0].rows

    def _select_features(self, parameters: Any, shap: dict[str, Any] | None) -> list[str]:
        """Return the features that the parameters name, otherwise those that matter most."""
        if parameters.get("features"):
            names = [self.table.column(name, "pdp: features") for name in parameters["features"]]
            if unknown := [name for name in names if name not in self.roles.features]:
                raise MonitorError(f"pdp: {unknown[0]!r} is not a feature of the model")
            return names
        values = next(iter((shap or {}).values()))["global_shap_values"]
        return sorted(values, key=lambda name: -abs(values[name]))[: parameters.get("top_k_features", TOP_FEATURES)]

    def _labels(self, outputs: int) -> list[str]:
        headers = self.config.predictor.get("label_headers") or ()
        if len(headers) == outputs:
            return [str(header) for header in headers]
        return [f"label{number}" for number in range(outputs)]

    def _chunks(self) -> Iterator[list[pa.Array]]:
        """Yield the features' columns, some thousand rows at a time."""
        for partition in self.table.dataset.partitions():
            for chunk in self.table.chunks(partition, dict.fromkeys(self.roles.features, pa.string())):
                yield [chunk.columns[name] for name in self.roles.features]

    def _rows(self, baseline: Sequence[Sequence[str | None]]) -> Iterator[Rows]:
        """Yield some rows at a time, followed by those of the baseline."""
        baseline_columns = [pa.array(column, pa.string()) for column in zip(*baseline, strict=True)]
        for columns in self._chunks():
            for first in range(0, len(columns[0]), ROWS_PER_BATCH):
                parts = [column.slice(first, ROWS_PER_BATCH) for column in columns]
                yield Rows.of([pa.concat_arrays(pair) for pair in zip(parts, baseline_columns, strict=True)])

    def _count(self) -> int:
        """Return the number of rows, for the progress."""
        first = self.roles.features[:1]
        return sum(
            chunk.rows
            for partition in self.table.dataset.partitions()
            for chunk in self.table.chunks(partition, dict.fromkeys(first, pa.string()))
        )


def _tree_explainer(booster: Any, parameters: Any, baseline: Sequence[Sequence[str | None]]) -> Any:
    from model_monitor.explanations import tree_shap
    from model_monitor.explanations.trees import Paths

    paths = Paths.of(booster)
    paths.check(parameters.get("use_logit", False), len(baseline))

    def explain(rows: Rows, baseline_rows: Rows) -> ShapValues:
        matrix, baseline_matrix = paths.matrix(rows), paths.matrix(baseline_rows)
        expected = np.array([tree_shap.expected_value(paths, baseline_matrix)])
        return tree_shap.values(paths, matrix, baseline_matrix)[:, :, None], expected

    return explain
