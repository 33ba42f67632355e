"""Compute how much better a model is than the naive prediction, which uses no column.

Skill is the share of the naive prediction's error that the model avoids: 1 is perfect, 0 is no better. The error is
squared error for a number, and log loss for a class: both are expected to be smallest if a prediction states exactly
what the forecaster knows (Gneiting, Raftery 2007, doi 10.1198/016214506000001437). A model that always predicts the
more frequent of two classes is often right and has no skill.
Murphy (1988), doi 10.1175/1520-0493(1988)116<2417:SSBOTM>2.0.CO;2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.scripts.container import InputError
from pipelines.scripts.moments import Moments

import numpy as np

#: A probability of 0 for the class that occurs would have infinite loss.
SMALLEST_PROBABILITY = 1e-15


@dataclass
class LogLoss:
    """Accumulates the log loss of the model's probabilities and of naive ones, the classes' shares of training rows.

    Args:
        class_rows: the number of training rows of each class.
    """

    class_rows: Sequence[int]
    model: Moments = field(default_factory=Moments)
    naive: Moments = field(default_factory=Moments)

    def update(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """Add rows: class numbers of shape (rows,), probabilities of shape (rows, classes)."""
        numbers = labels.astype(int)
        shares = np.array(self.class_rows, float) / sum(self.class_rows)
        self.model = self.model.merge(Moments.of(_log_loss(probabilities[np.arange(len(numbers)), numbers])))
        self.naive = self.naive.merge(Moments.of(_log_loss(shares[numbers])))


def skill(error: float, naive_error: float, metric: str, r2: float | None = None) -> dict[str, Any]:
    """Return the share by which the model's error is smaller than that of the naive prediction.

    Args:
        error, naive_error: the errors on the same rows, in the same unit. For a number, the naive prediction is the
            mean or the median, whichever has the smaller error.
        metric: the name of the error.
        r2: the r2 of a regression. If it is below 0, the test rows' own mean predicts better than the model: there is
            no skill, even if an absurd label has made the naive error large.

    Raises:
        InputError: the naive prediction makes no error, so skill is not defined.
    """
    if not naive_error:
        raise InputError("the label is the same in all rows of the test set: no model can beat the naive prediction")
    value = 1 - error / naive_error
    return {"value": min(value, r2) if r2 is not None and r2 < 0 else value, "metric": metric}


def _log_loss(probabilities: np.ndarray) -> np.ndarray:
    return -np.log(np.clip(probabilities, SMALLEST_PROBABILITY, 1.0))
