"""KernelSHAP as SageMaker Clarify defines it: what features add to the prediction of the baseline's rows.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-shapley-values.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from model_monitor.explanations.coalitions import Coalitions
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.rows import Rows

import numpy as np

#: Rows that are put together and predicted at a time.
SYNTHETIC_ROWS = 100_000
EPSILON = 1e-7
Score = Callable[[Rows], np.ndarray]


@dataclass
class KernelShap:
    """The explainer of a model.

    Args:
        score: gives the scores of rows, shape (rows, outputs).
        samples: how many coalitions; above 2**features - 2 there are no more, and the values are exact.
        seed: of what is drawn.
        use_logit: whether log-odds are explained rather than scores.
    """

    score: Score
    samples: int
    seed: int = 0
    use_logit: bool = False
    _coalitions: dict[int, Coalitions] = field(default_factory=dict)

    def expected(self, baseline: Rows) -> np.ndarray:
        """What is expected of a row of which nothing is known, shape (outputs,)."""
        return self._linked(self.score(baseline).mean(axis=0))

    def values(self, rows: Rows, baseline: Rows) -> np.ndarray:
        """SHAP values, shape (rows, features, outputs); their sum is the row's score less the expected one.

        Args:
            rows: to explain.
            baseline: to compare with; its codes mean the same cells as those of ``rows``.

        Raises:
            MonitorError: the model fails, or log-odds are asked of what is no probability.
        """
        expected, own = self.expected(baseline), self._linked(self.score(rows))
        found = np.zeros((len(rows), len(rows.codes), len(expected)))
        differs = (rows.codes[:, :, None] != baseline.codes[:, None, :]).any(axis=2).T
        patterns, which = np.unique(differs, axis=0, return_inverse=True)
        for number, pattern in enumerate(patterns):
            chosen = np.flatnonzero(which.ravel() == number)
            features = np.flatnonzero(pattern)
            total = own[chosen] - expected
            found[np.ix_(chosen, features)] = self._values(rows, baseline, chosen, features, total, expected)
        return found

    def _values(
        self,
        rows: Rows,
        baseline: Rows,
        chosen: np.ndarray,
        features: np.ndarray,
        total: np.ndarray,
        expected: np.ndarray,
    ) -> np.ndarray:
        """Of some rows, which differ from the baseline in the same features; the others have no part in anything."""
        if len(features) < 2:
            return np.repeat(total[:, None, :], len(features), axis=1)
        coalitions = self._drawn(len(features))
        values = []
        for some in _parts(chosen, max(1, SYNTHETIC_ROWS // (len(coalitions.weights) * len(baseline)))):
            added = self._of_coalitions(rows, baseline, some, features, coalitions) - expected[None, None]
            flat = np.moveaxis(added, 0, 1).reshape(len(coalitions.weights), -1)
            own = total[np.searchsorted(chosen, some)].reshape(-1)
            values.append(np.moveaxis(coalitions.values(flat, own).reshape(len(features), len(some), -1), 0, 1))
        return np.concatenate(values)

    def _of_coalitions(
        self, rows: Rows, baseline: Rows, chosen: np.ndarray, features: np.ndarray, coalitions: Coalitions
    ) -> np.ndarray:
        """What is predicted on average over the baseline's rows, shape (rows, coalitions, outputs)."""
        found = []
        size = max(1, SYNTHETIC_ROWS // (len(chosen) * len(baseline)))
        for members in _parts(coalitions.members, size):
            shape = (len(chosen), len(members), len(baseline))
            codes = np.empty((len(rows.codes), *shape), np.int32)
            codes[:] = baseline.codes[:, None, None, :]
            for place, feature in enumerate(features):
                own = rows.codes[feature, chosen][:, None, None]
                codes[feature] = np.where(members[None, :, place, None], own, baseline.codes[feature])
            scores = self.score(Rows(codes.reshape(len(codes), -1), rows.cells))
            found.append(self._linked(scores.reshape(*shape, -1).mean(axis=2)))
        return np.concatenate(found, axis=1)

    def _drawn(self, features: int) -> Coalitions:
        if features not in self._coalitions:
            self._coalitions[features] = Coalitions.drawn(features, self.samples, self.seed)
        return self._coalitions[features]

    def _linked(self, scores: np.ndarray) -> np.ndarray:
        if not self.use_logit:
            return scores
        if ((scores < 0) | (scores > 1)).any():
            raise MonitorError(f"use_logit needs probabilities; the model answers {scores.max():g}")
        inner = np.clip(scores, EPSILON, 1 - EPSILON)
        return np.log(inner / (1 - inner))


def _parts(array: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for first in range(0, len(array), size):
        yield array[first : first + size]
