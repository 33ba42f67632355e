"""How much better a model is than one that looks at no column.

Skill is the share of the naive prediction's error that the model avoids: 1 is perfect, 0 is no better. The error is
one that is least for who says what he knows (Gneiting, Raftery 2007, doi 10.1198/016214506000001437): of a number the
squared error, of a class the log loss. To always name the commoner of two classes is often right and has no skill.
Murphy (1988), doi 10.1175/1520-0493(1988)116<2417:SSBOTM>2.0.CO;2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.scripts.container import InputError
from pipelines.scripts.moments import Moments

import numpy as np

#: A probability of 0 for what then happens would cost infinitely much.
SMALLEST = 1e-15


@dataclass
class LogLoss:
    """Log loss of probabilities, and of the classes' shares among the training rows.

    Args:
        class_rows: the training rows of each class.
    """

    class_rows: Sequence[int]
    model: Moments = field(default_factory=Moments)
    naive: Moments = field(default_factory=Moments)

    def update(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        """Take rows in: class numbers of shape (rows,), probabilities of shape (rows, classes)."""
        numbers = labels.astype(int)
        shares = np.array(self.class_rows, float) / sum(self.class_rows)
        self.model = self.model.merge(Moments.of(_loss(probabilities[np.arange(len(numbers)), numbers])))
        self.naive = self.naive.merge(Moments.of(_loss(shares[numbers])))


def skill(error: float, naive_error: float, metric: str, r2: float | None = None) -> dict[str, Any]:
    """By which share the model's error is smaller than that of the naive prediction.

    Args:
        error, naive_error: of the same rows, in the same unit; the naive one of the better of mean and median.
        metric: which error it is.
        r2: of a regression. Below 0 the test rows' own mean is the better prediction, so that there is no skill,
            whatever an absurd label has done to the naive error.

    Raises:
        InputError: the naive prediction makes no error, so nothing can be said.
    """
    if not naive_error:
        raise InputError("the label is the same in all rows of the test set: no model can be better than naive there")
    value = 1 - error / naive_error
    return {"value": min(value, r2) if r2 is not None and r2 < 0 else value, "metric": metric}


def _loss(probabilities: np.ndarray) -> np.ndarray:
    return -np.log(np.clip(probabilities, SMALLEST, 1.0))
