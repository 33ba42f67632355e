"""Defines the interface to a model: rows in, labels or scores out. Callers depend neither on formats nor on models."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.answers import AnswerFormat, label_column
from model_monitor.predictions.requests import Requests
from model_monitor.predictions.rows import Rows

import numpy as np
import pyarrow as pa

#: (body, content type, accept) -> body, like POST /invocations of a served model.
Invoke = Callable[[bytes, str, str], bytes]
ROWS_PER_REQUEST = 10_000
Answer = TypeVar("Answer")


class Predicts(Protocol):
    """Defines the interface of a model that the analyses use."""

    def scores(self, rows: Rows) -> np.ndarray:
        """Return the scores, shape (rows, outputs)."""

    def labels(self, rows: Rows) -> pa.Array:
        """Return the predicted label of each row as a string; a number if the model gives a single score."""


@dataclass(frozen=True)
class InProcess:
    """A model in this process, which gives one or several scores for each row."""

    score: Callable[[Rows], np.ndarray]

    def scores(self, rows: Rows) -> np.ndarray:
        """Return the scores, shape (rows, outputs)."""
        return self.score(rows)

    def labels(self, rows: Rows) -> pa.Array:
        """Return the score of each row as a string.

        Raises:
            MonitorError: the rows have several scores each.
        """
        scores = self.score(rows)
        if scores.shape[1] > 1:
            raise MonitorError(f"the model returned {scores.shape[1]} scores per row; labels need a single score")
        return label_column(scores[:, 0].tolist())


@dataclass(frozen=True)
class Predictor:
    """A model that takes requests, and the formats of its requests and answers."""

    invoke: Invoke
    requests: Requests
    answer_format: AnswerFormat

    @classmethod
    def of(cls, invoke: Invoke, predictor: Mapping[str, Any], dataset_type: str, names: Sequence[str]) -> Predictor:
        """Return the predictor of an analysis configuration.

        Args:
            invoke: calls the model.
            predictor: the configuration's member.
            dataset_type: the dataset's media type, the default of ``content_type``.
            names: of the features, in the order in which the model takes them.

        Raises:
            MonitorError: a template cannot be used.
        """
        requests = Requests.of(predictor, dataset_type, names)
        return cls(invoke, requests, AnswerFormat.of(predictor, requests.content_type))

    def scores(self, rows: Rows) -> np.ndarray:
        """Return the scores, shape (rows, outputs). Equal rows, frequent among synthetic ones, are sent only once.

        Raises:
            MonitorError: the model fails, or its answers are not scores of these rows.
        """
        distinct_rows, positions = rows.distinct()
        parts = list(self._ask(distinct_rows, self.answer_format.scores))
        if len(widths := {part.shape[1] for part in parts}) > 1:
            raise MonitorError(
                f"the model returned {' or '.join(map(str, sorted(widths)))} scores per row, not always as many"
            )
        return np.concatenate(parts)[positions]

    def labels(self, rows: Rows) -> pa.Array:
        """Return the predicted label of each row as a string; a number if the model gives a single score.

        Raises:
            MonitorError: the model fails, or its answers are not labels of these rows.
        """
        return label_column([label for part in self._ask(rows, self.answer_format.labels) for label in part])

    def _ask(self, rows: Rows, read: Callable[[bytes, int], Answer]) -> Iterator[Answer]:
        """Yield the answers in order; send as many requests at a time as there are cores."""

        def send(request: tuple[bytes, int]) -> Answer:
            body, count = request
            return read(self.invoke(body, self.requests.content_type, self.answer_format.accept), count)

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            yield from pool.map(send, self._bodies(rows))

    def _bodies(self, rows: Rows) -> Iterator[tuple[bytes, int]]:
        for first in range(0, len(rows), ROWS_PER_REQUEST):
            yield from self.requests.bodies(rows.slice(first, first + ROWS_PER_REQUEST))
