"""FT, the flip test: would a row of d have got another prediction, had it been one of a?

A classifier of the nearest neighbours learns what was predicted for a, and predicts for d.
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-post-training-bias-metric-ft.html, whose sign is the opposite
of what Clarify writes; here it is as Clarify writes it. It is the one metric that needs the rows themselves: its
memory and time grow with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_monitor.accumulators.arrays import booleans
from model_monitor.accumulators.values import numbers
from model_monitor.bias.cells import PREDICTED, Cells, Facet, Role, by_row
from model_monitor.bias.metrics import MetricError

import numpy as np
import pyarrow as pa

NAME, DESCRIPTION = "FT", "Flip Test (FT)"
NEIGHBOURS, FEW_NEIGHBOURS, FEW_ROWS = 5, 1, 9
AT_ONCE = 10_000  # rows of d


@dataclass
class Rows:
    """All rows: as numbers, a list of parts of shape (rows, columns), and the facets and predictions beside them.

    ``not_numeric`` names columns that have texts.
    """

    columns: Sequence[str]
    parts: list[np.ndarray] = field(default_factory=list)
    roles: list[Mapping[Role, pa.DictionaryArray]] = field(default_factory=list)
    not_numeric: set[str] = field(default_factory=set)

    def update(self, columns: Mapping[str, pa.Array], roles: Mapping[Role, pa.DictionaryArray]) -> None:
        """Take rows in."""
        part = np.empty((len(roles[PREDICTED]), len(self.columns)))
        for place, name in enumerate(self.columns):
            part[:, place] = numbers(columns[name].cast(pa.string()).fill_null(""))
            if (np.isnan(part[:, place]) & booleans(columns[name].is_valid())).any():
                self.not_numeric.add(name)
        self.parts.append(part)
        self.roles.append(roles)

    def merge(self, other: Rows) -> None:
        """Take in the rows after these."""
        self.parts += other.parts
        self.roles += other.roles
        self.not_numeric |= other.not_numeric

    def features(self, without: str) -> np.ndarray:
        """The rows' other columns, shape (rows, columns).

        Raises:
            MetricError: one of them is not numeric, or has missing or infinite cells.
        """
        kept = [place for place, name in enumerate(self.columns) if name != without]
        if self.not_numeric - {without}:
            raise MetricError("FlipTest does not support non-numeric columns")
        found = np.concatenate(self.parts)[:, kept]
        if not np.isfinite(found).all():
            raise MetricError("FlipTest does not support missing values")
        return found

    def marked(self, role: Role, test: Callable[[pa.Array], np.ndarray]) -> np.ndarray:
        """Shape (rows,): what ``test`` says of a role's distinct cells, for each row; false where one is missing."""
        return np.concatenate([by_row(part[role], test(part[role].dictionary)) for part in self.roles]).astype(bool)


def flip_test(rows: Rows, cells: Cells, facet: Facet, category: str | None) -> dict[str, Any]:
    """The metric as analysis.json has it.

    Args:
        rows: all of them.
        cells: which says what of the columns counts.
        facet: what makes d; its column does not count as a feature.
        category: the value that makes it, where the facet names none.
    """
    result: dict[str, Any] = {"name": NAME, "description": DESCRIPTION}
    predicted = rows.marked(PREDICTED, lambda found: cells.marks(PREDICTED, found) & cells.bit(PREDICTED))
    if facet.values:
        is_in = rows.marked(facet, lambda found: cells.marks(facet, found) & cells.bit(facet))
    else:
        is_in = rows.marked(facet, lambda found: np.array([cell == category for cell in found.to_pylist()], bool))
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
    expected = _of_neighbours(features[~is_in], predicted[~is_in], features[is_in])
    flipped = predicted[is_in].astype(int) - expected.astype(int)
    return float(flipped.sum() / is_in.sum())


def _of_neighbours(known: np.ndarray, outcomes: np.ndarray, asked: np.ndarray) -> np.ndarray:
    from sklearn.neighbors import KNeighborsClassifier  # slow to import

    count = NEIGHBOURS if len(known) > FEW_ROWS else FEW_NEIGHBOURS
    model = KNeighborsClassifier(n_neighbors=count).fit(known, outcomes)
    parts = [model.predict(asked[first : first + AT_ONCE]) for first in range(0, len(asked), AT_ONCE)]
    return np.concatenate(parts)
