"""The explainability methods of a run: SHAP values and partial dependence."""

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

#: Rows that are explained at a time: progress is told after each, and memory follows from it.
AT_ONCE = 100
#: Gives SHAP values of rows by a baseline, shape (rows, features, outputs), and what is expected, shape (outputs,).
Explained = tuple[np.ndarray, np.ndarray]


@dataclass
class Steady:
    """A model that gives as many scores a row each time as the first time."""

    score: Score
    outputs: int | None = None

    def __call__(self, rows: Rows) -> np.ndarray:
        """See ``Score``.

        Raises:
            MonitorError: it does not.
        """
        found = self.score(rows)
        self.outputs = self.outputs or found.shape[1]
        if found.shape[1] != self.outputs:
            raise MonitorError(f"the model gave {self.outputs} scores a row, and then {found.shape[1]}")
        return found


@dataclass(frozen=True)
class Explanations:
    """What is to be explained, and how. ``trees`` is given where exact values are asked for; ``folder`` gets files."""

    config: AnalysisConfig
    table: Table
    roles: Roles
    score: Score
    folder: Path
    baseline_file: Path | None = None
    trees: Any = None

    @property
    def notes(self) -> list[str]:
        """What a person should know."""
        samples, features = self.config.methods.get(SHAP, {}).get("num_samples"), len(self.roles.features)
        if samples is None or samples >= min(features, 2**features - 2) or self.trees:
            return []
        return [f"num_samples {samples} is less than the {features} features, which do not get values of their own so"]

    def made(self, on_progress: Progress) -> tuple[dict[str, Any], int]:
        """The member ``explanations`` of analysis.json, and the number of rows.

        Raises:
            MonitorError: the model, its answers, the baseline or a feature cannot be used.
        """
        found: dict[str, Any] = {}
        rows, shap = 0, None
        if SHAP in self.config.methods:
            shap, rows = self._shap(on_progress)
            found["kernel_shap"] = shap
        if PDP in self.config.methods:
            found["pdp"], rows = self._partial_dependence(shap)
        return found, rows

    def _shap(self, on_progress: Progress) -> tuple[dict[str, Any], int]:
        given = self.config.methods[SHAP]
        baseline = BaselineRows(self.config, self.roles.features, self.baseline_file).rows(self._chunks)
        explain = _by_trees(self.trees, given, baseline) if self.trees else self._by_kernel(given)
        aggregate, total, expected = Aggregate(given.get("agg_method", "mean_abs")), self._count(), np.empty(0)
        with LocalValues(
            self.folder, self.roles.features, baseline, given.get("save_local_shap_values", False)
        ) as saved:
            for rows in self._rows(baseline):
                own, others = rows.some(0, len(rows) - len(baseline)), rows.some(len(rows) - len(baseline), len(rows))
                values, expected = explain(own, others)
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

    def _by_kernel(self, given: Any) -> Any:
        samples = given.get("num_samples") or default_samples(len(self.roles.features))
        kernel = KernelShap(self.score, samples, given.get("seed", 0), given.get("use_logit", False))
        return lambda rows, baseline: (kernel.values(rows, baseline), kernel.expected(baseline))

    def _partial_dependence(self, shap: dict[str, Any] | None) -> tuple[list[dict[str, Any]], int]:
        given = self.config.methods[PDP]
        features = self._chosen(given, shap)
        ranges = [Range(name) for name in features]
        for columns in self._chunks():
            for one in ranges:
                one.update(columns[list(self.roles.features).index(one.name)])
        grids = [one.grid(given.get("grid_resolution", RESOLUTION)) for one in ranges]
        outputs = 1
        for columns in self._chunks():
            rows = Rows.of(columns)
            outputs = self.score(rows.some(0, 1)).shape[1]
            for grid in grids:
                grid.update(self.score, rows, list(self.roles.features).index(grid.name))
        if not grids or not grids[0].rows:
            raise MonitorError(f"{self.table.dataset.source} has no rows")
        return [grid.result(self._labels(outputs)) for grid in grids], grids[0].rows

    def _chosen(self, given: Any, shap: dict[str, Any] | None) -> list[str]:
        """The features that are named, else those that matter most."""
        if given.get("features"):
            named = [self.table.column(name, "pdp: features") for name in given["features"]]
            if odd := [name for name in named if name not in self.roles.features]:
                raise MonitorError(f"pdp: {odd[0]!r} is no feature that the model gets")
            return named
        values = next(iter((shap or {}).values()))["global_shap_values"]
        return sorted(values, key=lambda name: -abs(values[name]))[: given.get("top_k_features", TOP_FEATURES)]

    def _labels(self, outputs: int) -> list[str]:
        headers = self.config.predictor.get("label_headers") or ()
        if len(headers) == outputs:
            return [str(header) for header in headers]
        return [f"label{number}" for number in range(outputs)]

    def _chunks(self) -> Iterator[list[pa.Array]]:
        """The features' columns, some thousand rows at a time."""
        for partition in self.table.dataset.partitions():
            for chunk in self.table.chunks(partition, dict.fromkeys(self.roles.features, pa.string())):
                yield [chunk.columns[name] for name in self.roles.features]

    def _rows(self, baseline: Sequence[Sequence[str | None]]) -> Iterator[Rows]:
        """Some rows at a time, the baseline's behind them."""
        others = [pa.array(column, pa.string()) for column in zip(*baseline, strict=True)]
        for columns in self._chunks():
            for first in range(0, len(columns[0]), AT_ONCE):
                parts = [column.slice(first, AT_ONCE) for column in columns]
                yield Rows.of([pa.concat_arrays(pair) for pair in zip(parts, others, strict=True)])

    def _count(self) -> int:
        """Rows, for the progress."""
        first = self.roles.features[:1]
        return sum(
            chunk.rows
            for partition in self.table.dataset.partitions()
            for chunk in self.table.chunks(partition, dict.fromkeys(first, pa.string()))
        )


def _by_trees(booster: Any, given: Any, baseline: Sequence[Sequence[str | None]]) -> Any:
    from model_monitor.explanations import tree_shap
    from model_monitor.explanations.trees import Paths

    paths = Paths.of(booster)
    paths.check(given.get("use_logit", False), len(baseline))

    def explain(rows: Rows, others: Rows) -> Explained:
        own, compared = paths.matrix(rows), paths.matrix(others)
        return tree_shap.values(paths, own, compared)[:, :, None], np.array([tree_shap.expected(paths, compared)])

    return explain
