"""Computes FT, the flip test: would a row of d get another prediction if it were in a?

A nearest-neighbours classifier learns the predictions of a, and predicts for d. In the documentation,
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-post-training-bias-metric-ft.html, the sign is the opposite of
what Clarify writes; here it is as Clarify writes it. This is the only metric that needs the rows themselves: its memory
and time grow with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.accumulators.arrays import booleans
from model_monitor.accumulators.values import numbers
from model_monitor.bias_metrics.cells import PREDICTED, Cells, Facet, Role, values_by_row
from model_monitor.bias_metrics.metrics import MetricError

import numpy as np
import pyarrow as pa

NAME, DESCRIPTION = "FT", "Flip Test (FT)"
NEIGHBOURS, FEW_NEIGHBOURS, FEW_ROWS = 5, 1, 9
ROWS_PER_BATCH = 10_000  # rows of d


@dataclass
class Rows:
    """Stores all rows: as numbers, a list of parts of shape (rows, columns), with their facets and predictions.

    ``not_numeric`` names columns that have texts.
    """

    columns: Sequence[str]
    parts: list[np.ndarray] = field(default_factory=list)
    roles: list[Mapping[Role, pa.DictionaryArray]] = field(default_factory=list)
    not_numeric: set[str] = field(default_factory=set)

    def update(self, columns: Mapping[str, pa.Array], roles: Mapping[Role, pa.DictionaryArray]) -> None:
        """Add rows."""
        part = np.empty((len(roles[PREDICTED]), len(self.columns)))
        for position, name in enumerate(self.columns):
            part[:, position] = numbers(columns[name].cast(pa.string()).fill_null(""))
            if (np.isnan(part[:, position]) & booleans(columns[name].is_valid())).any():
                self.not_numeric.add(name)
        self.parts.append(part)
        self.roles.append(roles)

    def merge(self, later: Rows) -> None:
        """Add the rows after these."""
        self.parts += later.parts
        self.roles += later.roles
        self.not_numeric |= later.not_numeric

    def features(self, without: str) -> np.ndarray:
        """Return the rows' columns except ``without``, shape (rows, columns).

        Raises:
            MetricError: a column is not numeric, or has missing or infinite cells.
        """
        positions = [position for position, name in enumerate(self.columns) if name != without]
        if self.not_numeric - {without}:
            raise MetricError("FlipTest does not support non-numeric columns")
        features = np.concatenate(self.parts)[:, positions]
        if not np.isfinite(features).all():
            raise MetricError("FlipTest does not support missing values")
        return features

    def mark_rows(self, role: Role, test: Callable[[pa.Array], np.ndarray]) -> np.ndarray:
        """Apply ``test`` to a role's distinct cells.

        Return its result for each row, shape (rows,); false for a missing cell.
        """
        parts = [values_by_row(part[role], test(part[role].dictionary)) for part in self.roles]
        return np.concatenate(parts).astype(bool)


def flip_test(rows: Rows, cells: Cells, facet: Facet, category: str | None) -> dict[str, Any]:
    """Return the metric as in analysis.json.

    Args:
        rows: all rows.
        cells: their accumulator, which knows the values that count.
        facet: defines d; its column is not a feature.
        category: the value that defines d, if the facet names none.
    """
    result: dict[str, Any] = {"name": NAME, "description": DESCRIPTION}
    predicted = rows.mark_rows(PREDICTED, lambda column: cells.marks(PREDICTED, column) & cells.bit(PREDICTED))
    if facet.values:
        is_in = rows.mark_rows(facet, lambda column: cells.marks(facet, column) & cells.bit(facet))
    else:
        is_in = rows.mark_rows(facet, lambda column: np.array([cell == category for cell in column.to_pylist()], bool))
    try:
        return result | {"value": _value(rows, facet.column, is_in, predicted)}
    except MetricError as error:
        return result | {"value": None, "error": str(error)}


def _value(rows: Rows, facet: str, is_in: np.ndarray, predicted: np.ndarray) -> float:
    if not is_in.any():
        raise MetricError("Facet set is empty")
    if is_in.all():
        raise MetricError("Negated Facet set is empty")
    features = rows.features(facet)
    if not features.shape[1]:
        raise MetricError("FlipTest needs a column beside facet and label")
    expected = _predict_by_neighbours(features[~is_in], predicted[~is_in], features[is_in])
    flipped = predicted[is_in].astype(int) - expected.astype(int)
    return float(flipped.sum() / is_in.sum())


def _predict_by_neighbours(features: np.ndarray, outcomes: np.ndarray, queries: np.ndarray) -> np.ndarray:
    from sklearn.neighbors import KNeighborsClassifier  # slow to import

    count = NEIGHBOURS if len(features) > FEW_ROWS else FEW_NEIGHBOURS
    model = KNeighborsClassifier(n_neighbors=count).fit(features, outcomes)
    parts = [model.predict(queries[first : first + ROWS_PER_BATCH]) for first in range(0, len(queries), ROWS_PER_BATCH)]
    return np.concatenate(parts)
