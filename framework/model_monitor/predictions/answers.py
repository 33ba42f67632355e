"""Reads a model's answers: the scores and labels of each row.

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

MAX_EXCERPT_CHARACTERS = 60  # of an answer, in error messages


@dataclass(frozen=True)
class AnswerFormat:
    """Describes the format of a model's answers: where the labels and scores are, and the names of the labels.

    ``label`` and ``probability`` are column numbers in CSV, JMESPath expressions in JSON.
    """

    accept: str
    label: str | int | None = None
    probability: str | int | None = None
    label_headers: Sequence[Any] = ()

    @classmethod
    def of(cls, predictor: Mapping[str, Any], content_type: str) -> AnswerFormat:
        """Return the format that a configuration's predictor describes."""
        return cls(
            predictor.get("accept_type") or content_type,
            predictor.get("label"),
            predictor.get("probability"),
            predictor.get("label_headers") or (),
        )

    def scores(self, body: bytes, rows: int) -> np.ndarray:
        """Return the scores, shape (rows, outputs).

        Raises:
            MonitorError: there are not as many scores as rows, or one is not a number.
        """
        location = self.probability if self.probability is not None else self.label
        if self.accept == CSV and (plain := _plain_scores(body, rows, location)) is not None:
            return plain
        scores = [_row_scores(value) for value in self._values(body, rows, location)]
        if len({len(row) for row in scores}) > 1:
            raise MonitorError("the model returned different numbers of scores per row")
        if rows and not scores[0]:
            raise MonitorError("the model returned an empty list of scores for each row")
        return np.array(scores, float).reshape(rows, -1)

    def labels(self, body: bytes, rows: int) -> list[Any]:
        """Return the predicted label of each row; a number if the model gives a single score.

        Raises:
            MonitorError: there are not as many labels as rows, or labels and scores do not match.
        """
        if self.label is None and (self.probability is not None or len(self.label_headers) > 1):
            return self._labels_of_scores(self.scores(body, rows))
        labels = [_parse_cell(value) for value in self._values(body, rows, self.label)]
        if any(isinstance(value, list) and len(value) != 1 for value in labels):
            if self.probability is None:
                raise MonitorError(
                    f"the model returned several labels per row: {_excerpt(labels[0])}; set predictor.probability to "
                    "the location of their scores, or predictor.label to that of one label"
                )
            return [_best_label(names, scores) for names, scores in zip(labels, self.scores(body, rows), strict=True)]
        return [value[0] if isinstance(value, list) else value for value in labels]

    def _labels_of_scores(self, scores: np.ndarray) -> list[Any]:
        if scores.shape[1] == 1:
            return [float(score) for score in scores[:, 0]]
        if len(self.label_headers) != scores.shape[1]:
            raise MonitorError(
                f"the model returned {scores.shape[1]} scores per row, but predictor.label_headers has "
                f"{len(self.label_headers)} labels"
            )
        return [self.label_headers[best] for best in scores.argmax(axis=1)]

    def _values(self, body: bytes, rows: int, location: str | int | None) -> list[Any]:
        try:
            values = _READERS[self.accept](body.decode("utf-8"), rows, location)
        except (ValueError, RecursionError, csv.Error) as error:
            excerpt = body[:MAX_EXCERPT_CHARACTERS].decode("utf-8", errors="replace")
            raise MonitorError(f"the model's answer {excerpt!r} is not {self.accept}: {error}") from None
        if len(values) != rows:
            raise MonitorError(f"the model returned {len(values)} predictions for {rows} rows")
        return values


def _plain_scores(body: bytes, rows: int, location: Any) -> np.ndarray | None:
    """Read CSV with the same number of numeric cells in every row, the usual case; return None for anything else."""
    lines = body.replace(b"\r", b"").rstrip(b"\n").split(b"\n")
    if len(lines) == 1 < rows:  # XGBoost's server: all in one line
        lines = lines[0].split(b",")
    width = lines[0].count(b",") + 1
    if len(lines) != rows or any(line.count(b",") + 1 != width for line in lines):
        return None
    try:
        cells = pa.array(b",".join(lines).split(b","), pa.binary()).cast(pa.string()).cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    scores = arrays.to_numpy(cells, "f8").reshape(rows, width)
    if not np.isfinite(scores).all() or (location is not None and not (isinstance(location, int) and location < width)):
        return None
    return scores if location is None else scores[:, [location]]


def _read_csv(text: str, rows: int, location: Any) -> list[Any]:
    """Return the list of cells of each row; if a column's number is given, only its cell of each row."""
    csv_rows = [line for line in csv.reader(io.StringIO(text)) if line]
    if rows > 1 and len(csv_rows) == 1 and len(csv_rows[0]) == rows:  # XGBoost's older servers: all in one line
        csv_rows = [[cell] for cell in csv_rows[0]]
    if location is None:
        return csv_rows
    if not isinstance(location, int) or any(len(line) <= location for line in csv_rows):
        raise MonitorError(f"the model returned {_excerpt(csv_rows[0])}, which has no column {location!r}")
    return [line[location] for line in csv_rows]


def _read_json_lines(text: str, rows: int, location: Any) -> list[Any]:
    records = [json.loads(line) for line in text.split("\n") if line.strip()]
    return [_search_record(location, record) for record in records]


def _read_json(text: str, rows: int, location: Any) -> list[Any]:
    """Return the predictions of all records, which are in one document."""
    predictions = _search_record(location, json.loads(text))
    return predictions if isinstance(predictions, list) and (rows > 1 or len(predictions) == rows) else [predictions]


def _search_record(location: Any, document: Any) -> Any:
    return document if location is None else search(str(location), document)


_READERS: dict[str, Callable[[str, int, Any], list[Any]]] = {
    CSV: _read_csv,
    JSON_LINES: _read_json_lines,
    JSON: _read_json,
}


def _parse_cell(value: Any) -> Any:
    """Return a cell's value; text that is written as a list becomes a list."""
    if isinstance(value, str) and value.strip().startswith("["):
        for text in (value, value.replace("'", '"')):
            try:
                return json.loads(text)
            except ValueError:
                continue
    if isinstance(value, list) and len(value) == 1:
        return _parse_cell(value[0])
    return value


def _row_scores(value: Any) -> list[float]:
    """Return a row's scores, of which there may be one or several."""
    value = _parse_cell(value)
    return [_score(cell) for cell in (value if isinstance(value, list) else [value])]


def _score(value: Any) -> float:
    try:
        score = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        score = math.nan
    if not math.isfinite(score):
        raise MonitorError(f"the model returned {_excerpt(value)} instead of a score")
    return score


def _best_label(names: Any, scores: np.ndarray) -> Any:
    if not isinstance(names, list) or len(names) != len(scores):
        raise MonitorError(f"the model returned the labels {_excerpt(names)}, but {len(scores)} scores")
    return names[int(scores.argmax())]


def _excerpt(value: Any) -> str:
    return f"{value!r:.{MAX_EXCERPT_CHARACTERS}}"


def label_column(labels: Sequence[Any]) -> pa.Array:
    """Return labels as a column of strings.

    Raises:
        MonitorError: a row has no label, or a value that cannot be a label.
    """
    for label in labels:
        if not isinstance(label, str | int | float) or label != label or label == "":
            raise MonitorError(f"the model returned {_excerpt(label)} instead of a label")
    try:
        return pa.array([label if isinstance(label, str) else str(label) for label in labels], pa.string())
    except UnicodeEncodeError as error:
        raise MonitorError(f"the model returned {_excerpt(error.object)}, which is not valid text") from None
