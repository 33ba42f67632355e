"""The one door to a model: rows in, labels or scores out. Whoever holds it knows neither formats nor the model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.answers import Answers, texts
from model_monitor.predictions.requests import Requests
from model_monitor.predictions.rows import Rows

import numpy as np
import pyarrow as pa

#: (body, content type, accept) -> body: what POST /invocations of a served model does.
Invoke = Callable[[bytes, str, str], bytes]
ROWS_PER_REQUEST = 10_000
Found = TypeVar("Found")


class Predicts(Protocol):
    """What a model is for the analyses."""

    def scores(self, rows: Rows) -> np.ndarray:
        """Shape (rows, outputs)."""

    def labels(self, rows: Rows) -> pa.Array:
        """The predicted label of each row, as text; a number where the model gives a single score."""


@dataclass(frozen=True)
class InProcess:
    """A model of this process, which gives a score or several for each row."""

    score: Callable[[Rows], np.ndarray]

    def scores(self, rows: Rows) -> np.ndarray:
        """Shape (rows, outputs)."""
        return self.score(rows)

    def labels(self, rows: Rows) -> pa.Array:
        """The score of each row, as text.

        Raises:
            MonitorError: it has several.
        """
        found = self.score(rows)
        if found.shape[1] > 1:
            raise MonitorError(f"the model gives {found.shape[1]} scores a row; labels of several are not made here")
        return texts(found[:, 0].tolist())


@dataclass(frozen=True)
class Predictor:
    """A model, and how one talks to it."""

    invoke: Invoke
    requests: Requests
    answers: Answers

    @classmethod
    def of(cls, invoke: Invoke, predictor: Mapping[str, Any], dataset_type: str, names: Sequence[str]) -> Predictor:
        """The predictor of an analysis configuration.

        Args:
            invoke: the model.
            predictor: the configuration's member.
            dataset_type: of the dataset, which requests are like where nothing else is said.
            names: of the features, in the order in which the model takes them.

        Raises:
            MonitorError: a template cannot be used.
        """
        requests = Requests.of(predictor, dataset_type, names)
        return cls(invoke, requests, Answers.of(predictor, requests.content_type))

    def scores(self, rows: Rows) -> np.ndarray:
        """Shape (rows, outputs). Rows that are the same, as synthetic ones often are, are asked about once.

        Raises:
            MonitorError: the model fails, or answers what are no scores of these rows.
        """
        once, which = rows.distinct()
        found = list(self._asked(once, self.answers.scores))
        if len(widths := {part.shape[1] for part in found}) > 1:
            raise MonitorError(f"the model gives {' and '.join(map(str, sorted(widths)))} scores a row, by turns")
        return np.concatenate(found)[which]

    def labels(self, rows: Rows) -> pa.Array:
        """The predicted label of each row, as text; a number where the model gives a single score.

        Raises:
            MonitorError: the model fails, or answers what are no labels of these rows.
        """
        return texts([label for part in self._asked(rows, self.answers.labels) for label in part])

    def _asked(self, rows: Rows, read: Callable[[bytes, int], Found]) -> Iterator[Found]:
        """In order; as many requests at a time as there are cores."""

        def ask(request: tuple[bytes, int]) -> Found:
            body, count = request
            return read(self.invoke(body, self.requests.content_type, self.answers.accept), count)

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            yield from pool.map(ask, self._bodies(rows))

    def _bodies(self, rows: Rows) -> Iterator[tuple[bytes, int]]:
        for first in range(0, len(rows), ROWS_PER_REQUEST):
            yield from self.requests.bodies(rows.some(first, first + ROWS_PER_REQUEST))
