"""Implements KernelSHAP as SageMaker Clarify defines it: what features add to the prediction of the baseline's rows.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-shapley-values.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from model_monitor.explanations.coalitions import Coalitions
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.rows import Rows

import numpy as np

#: The most rows that are combined and predicted at a time.
SYNTHETIC_ROWS = 100_000
EPSILON = 1e-7
Score = Callable[[Rows], np.ndarray]


@dataclass
class KernelShap:
    """Explains a model's predictions.

    Args:
        score: returns the scores of rows, shape (rows, outputs).
        samples: number of coalitions; from 2**features - 2 on it covers all of them, and the values are exact.
        seed: of the sampled coalitions.
        use_logit: explain log-odds rather than scores.
    """

    score: Score
    samples: int
    seed: int = 0
    use_logit: bool = False
    _coalitions: dict[int, Coalitions] = field(default_factory=dict)

    def expected_value(self, baseline: Rows) -> np.ndarray:
        """Return the expected score of an unknown row, which is the baseline's mean; shape (outputs,)."""
        return self._link(self.score(baseline).mean(axis=0))

    def values(self, rows: Rows, baseline: Rows) -> np.ndarray:
        """Return the SHAP values, shape (rows, features, outputs); they sum to the row's score less the expected value.

        Args:
            rows: to explain.
            baseline: to compare with; its codes mean the same cells as those of ``rows``.

        Raises:
            MonitorError: the model fails, or log-odds are requested and its scores are not probabilities.
        """
        expected, scores = self.expected_value(baseline), self._link(self.score(rows))
        values = np.zeros((len(rows), len(rows.codes), len(expected)))
        differs = (rows.codes[:, :, None] != baseline.codes[:, None, :]).any(axis=2).T
        patterns, pattern_numbers = np.unique(differs, axis=0, return_inverse=True)
        for number, pattern in enumerate(patterns):
            chosen = np.flatnonzero(pattern_numbers.ravel() == number)
            features = np.flatnonzero(pattern)
            total = scores[chosen] - expected
            values[np.ix_(chosen, features)] = self._values(rows, baseline, chosen, features, total, expected)
        return values

    def _values(
        self,
        rows: Rows,
        baseline: Rows,
        chosen: np.ndarray,
        features: np.ndarray,
        total: np.ndarray,
        expected: np.ndarray,
    ) -> np.ndarray:
        """Return the values of rows that differ from the baseline in the same features; other features add nothing."""
        if len(features) < 2:
            return np.repeat(total[:, None, :], len(features), axis=1)
        coalitions = self._draw(len(features))
        values = []
        for batch in _parts(chosen, max(1, SYNTHETIC_ROWS // (len(coalitions.weights) * len(baseline)))):
            added = self._score_coalitions(rows, baseline, batch, features, coalitions) - expected[None, None]
            flat = np.moveaxis(added, 0, 1).reshape(len(coalitions.weights), -1)
            totals = total[np.searchsorted(chosen, batch)].reshape(-1)
            values.append(np.moveaxis(coalitions.values(flat, totals).reshape(len(features), len(batch), -1), 0, 1))
        return np.concatenate(values)

    def _score_coalitions(
        self, rows: Rows, baseline: Rows, chosen: np.ndarray, features: np.ndarray, coalitions: Coalitions
    ) -> np.ndarray:
        """Return the mean scores over the baseline's rows, shape (rows, coalitions, outputs)."""
        parts = []
        size = max(1, SYNTHETIC_ROWS // (len(chosen) * len(baseline)))
        for members in _parts(coalitions.members, size):
            shape = (len(chosen), len(members), len(baseline))
            codes = np.empty((len(rows.codes), *shape), np.int32)
            codes[:] = baseline.codes[:, None, None, :]
            for position, feature in enumerate(features):
                own_codes = rows.codes[feature, chosen][:, None, None]
                codes[feature] = np.where(members[None, :, position, None], own_codes, baseline.codes[feature])
            scores = self.score(Rows(codes.reshape(len(codes), -1), rows.cells))
            parts.append(self._link(scores.reshape(*shape, -1).mean(axis=2)))
        return np.concatenate(parts, axis=1)

    def _draw(self, features: int) -> Coalitions:
        if features not in self._coalitions:
            self._coalitions[features] = Coalitions.draw(features, self.samples, self.seed)
        return self._coalitions[features]

    def _link(self, scores: np.ndarray) -> np.ndarray:
        if not self.use_logit:
            return scores
        if ((scores < 0) | (scores > 1)).any():
            raise MonitorError(f"use_logit needs probabilities; the model returned {scores.max():g}")
        inner = np.clip(scores, EPSILON, 1 - EPSILON)
        return np.log(inner / (1 - inner))


def _parts(array: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for first in range(0, len(array), size):
        yield array[first : first + size]
