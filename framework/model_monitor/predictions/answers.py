"""What a model answered: scores and labels of each row.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-data-format-tabular-response.html
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor.accumulators import arrays
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.jmespath import search
from model_monitor.predictions.media_types import CSV, JSON, JSON_LINES

import numpy as np
import pyarrow as pa

SHOWN = 60  # characters of an answer, for people


@dataclass(frozen=True)
class Answers:
    """Where labels and scores stand in answers, and how the labels are called.

    ``label`` and ``probability`` are a column's number in CSV, a JMESPath expression in JSON.
    """

    accept: str
    label: str | int | None = None
    probability: str | int | None = None
    label_headers: Sequence[Any] = ()

    @classmethod
    def of(cls, predictor: Mapping[str, Any], content_type: str) -> Answers:
        """As a configuration's predictor has it."""
        return cls(
            predictor.get("accept_type") or content_type,
            predictor.get("label"),
            predictor.get("probability"),
            predictor.get("label_headers") or (),
        )

    def scores(self, body: bytes, rows: int) -> np.ndarray:
        """The scores, shape (rows, outputs).

        Raises:
            MonitorError: there are not as many as rows, or one is no number.
        """
        place = self.probability if self.probability is not None else self.label
        if self.accept == CSV and (plain := _plain_scores(body, rows, place)) is not None:
            return plain
        found = [_numbers(value) for value in self._values(body, rows, place)]
        if len({len(one) for one in found}) > 1:
            raise MonitorError("the model's answers differ in how many scores they have")
        if rows and not found[0]:
            raise MonitorError("the model answers no score at all, an empty list for each row")
        return np.array(found, float).reshape(rows, -1)

    def labels(self, body: bytes, rows: int) -> list[Any]:
        """The predicted label of each row; a number where the model gives a single score.

        Raises:
            MonitorError: there are not as many as rows, or labels and scores do not go together.
        """
        if self.label is None and (self.probability is not None or len(self.label_headers) > 1):
            return self._best_headers(self.scores(body, rows))
        found = [_value(value) for value in self._values(body, rows, self.label)]
        if any(isinstance(value, list) and len(value) != 1 for value in found):
            if self.probability is None:
                raise MonitorError(f"the model answers {_shown(found[0])}, several labels a row; predictor.probability "
                                   "says where their scores are, predictor.label which one is meant")  # fmt: skip
            return [_best(names, scores) for names, scores in zip(found, self.scores(body, rows), strict=True)]
        return [value[0] if isinstance(value, list) else value for value in found]

    def _best_headers(self, scores: np.ndarray) -> list[Any]:
        if scores.shape[1] == 1:
            return [float(score) for score in scores[:, 0]]
        if len(self.label_headers) != scores.shape[1]:
            raise MonitorError(
                f"the model answers {scores.shape[1]} scores a row, and predictor.label_headers has "
                f"{len(self.label_headers)} labels"
            )
        return [self.label_headers[best] for best in scores.argmax(axis=1)]

    def _values(self, body: bytes, rows: int, place: str | int | None) -> list[Any]:
        try:
            found = _READ[self.accept](body.decode("utf-8"), rows, place)
        except (ValueError, RecursionError, csv.Error) as error:
            said = body[:SHOWN].decode("utf-8", errors="replace")
            raise MonitorError(f"the model's answer {said!r} is no {self.accept}: {error}") from None
        if len(found) != rows:
            raise MonitorError(f"the model answered {len(found)} predictions to {rows} rows")
        return found


def _plain_scores(body: bytes, rows: int, place: Any) -> np.ndarray | None:
    """Those of an answer of nothing but numbers, as many in each row: most are like that. None for any other."""
    lines = body.replace(b"\r", b"").rstrip(b"\n").split(b"\n")
    if len(lines) == 1 < rows:  # XGBoost's server: all in a line
        lines = lines[0].split(b",")
    width = lines[0].count(b",") + 1
    if len(lines) != rows or any(line.count(b",") + 1 != width for line in lines):
        return None
    try:
        found = pa.array(b",".join(lines).split(b","), pa.binary()).cast(pa.string()).cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    scores = arrays.plain(found, "f8").reshape(rows, width)
    if not np.isfinite(scores).all() or (place is not None and not (isinstance(place, int) and place < width)):
        return None
    return scores if place is None else scores[:, [place]]


def _csv(text: str, rows: int, place: Any) -> list[Any]:
    """The cells of each row; of one column where its number is given."""
    found = [line for line in csv.reader(io.StringIO(text)) if line]
    if rows > 1 and len(found) == 1 and len(found[0]) == rows:  # XGBoost's older servers: all in a line
        found = [[cell] for cell in found[0]]
    if place is None:
        return found
    if not isinstance(place, int) or any(len(line) <= place for line in found):
        raise MonitorError(f"the model answers {_shown(found[0])}; there is no column {place!r}")
    return [line[place] for line in found]


def _json_lines(text: str, rows: int, place: Any) -> list[Any]:
    found = [json.loads(line) for line in text.split("\n") if line.strip()]
    return [_found(place, record) for record in found]


def _json(text: str, rows: int, place: Any) -> list[Any]:
    """Predictions of all records, in one document."""
    found = _found(place, json.loads(text))
    return found if isinstance(found, list) and (rows > 1 or len(found) == rows) else [found]


def _found(place: Any, document: Any) -> Any:
    return document if place is None else search(str(place), document)


_READ: dict[str, Callable[[str, int, Any], list[Any]]] = {CSV: _csv, JSON_LINES: _json_lines, JSON: _json}


def _value(value: Any) -> Any:
    """A cell; what is written as a list becomes one."""
    if isinstance(value, str) and value.strip().startswith("["):
        for text in (value, value.replace("'", '"')):
            try:
                return json.loads(text)
            except ValueError:
                continue
    if isinstance(value, list) and len(value) == 1:
        return _value(value[0])
    return value


def _numbers(value: Any) -> list[float]:
    """One score or several."""
    value = _value(value)
    return [_number(one) for one in (value if isinstance(value, list) else [value])]


def _number(value: Any) -> float:
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise MonitorError(f"the model answers {_shown(value)}, where a score belongs")
    return found


def _best(names: Any, scores: np.ndarray) -> Any:
    if not isinstance(names, list) or len(names) != len(scores):
        raise MonitorError(f"the model answers the labels {_shown(names)} with {len(scores)} scores")
    return names[int(scores.argmax())]


def _shown(value: Any) -> str:
    return f"{value!r:.{SHOWN}}"


def texts(labels: Sequence[Any]) -> pa.Array:
    """Labels as cells of a column.

    Raises:
        MonitorError: a row has none, or what is no label.
    """
    for label in labels:
        if not isinstance(label, str | int | float) or label != label or label == "":
            raise MonitorError(f"the model answers {_shown(label)}, where a label belongs")
    try:
        return pa.array([label if isinstance(label, str) else str(label) for label in labels], pa.string())
    except UnicodeEncodeError as error:
        raise MonitorError(f"the model answers {_shown(error.object)}, which is no valid text") from None
