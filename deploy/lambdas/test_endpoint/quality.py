"""Compares the quality of predictions with evaluation.json, by the mean error of the rows.

The error of a row is the squared difference, or 1 for a wrong class. If all rows of the test set are used, the mean has
to be equal to the evaluation's; if some are drawn, it may differ as much as chance makes likely for that many rows.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, NamedTuple

ROUNDING = 0.001  # relative: numbers are rounded as text, and processors sum differently
STANDARD_ERRORS = 4.0  # a good model's sample differs more only once in 16,000 times
SEED = 20_250_101  # draws the same rows each time


class Expected(NamedTuple):
    """Holds the result of an evaluation: its mean error, how a row's error is computed, and the number of rows."""

    error: float
    row_error: Callable[[float, float], float]
    rows: int | None


class QualityMeasure(NamedTuple):
    """Says where evaluation.json has the figure, and how to compute its error and a row's (label, prediction, cut)."""

    member: str
    metric: str
    error: Callable[[float], float]
    row_error: Callable[[float, float, float], float]


QUALITY_MEASURES = {
    "Regression": QualityMeasure(
        "regression_metrics", "mse", float, lambda label, prediction, _: (label - prediction) ** 2
    ),
    "BinaryClassification": QualityMeasure(
        "binary_classification_metrics",
        "accuracy",
        lambda accuracy: 1 - accuracy,
        lambda label, prediction, cut: float((prediction > cut) != (label > cut)),
    ),
    "MulticlassClassification": QualityMeasure(
        "multiclass_classification_metrics",
        "accuracy",
        lambda accuracy: 1 - accuracy,
        lambda label, prediction, _: float(label != prediction),
    ),
}


def read_expected(facts: Mapping[str, str], read: Callable[[str], Any]) -> Expected:
    """Return the result of a version's evaluation.

    Args:
        facts: CustomerMetadataProperties of the version.
        read: returns the JSON document of the file that a fact names.

    Raises:
        ValueError: the version has no evaluation, or one of an unknown problem type.
    """
    problem = QUALITY_MEASURES.get(facts.get("ProblemType", ""))
    if not problem or not {"EvaluationUri", "FeaturizerUri"} <= facts.keys():
        raise ValueError("the version has no ProblemType, EvaluationUri or FeaturizerUri; register it again")
    report, cut = read("EvaluationUri"), read("FeaturizerUri")["label"]["probability_threshold"]
    try:
        figure = float(report[problem.member][problem.metric]["value"])
    except LookupError as error:
        raise ValueError(f"{facts['EvaluationUri']} has no {problem.member}.{problem.metric}.value") from error
    return Expected(
        problem.error(figure), lambda label, prediction: problem.row_error(label, prediction, cut), report.get("rows")
    )


def draw_lines(lines: Iterable[bytes], most: int) -> tuple[list[bytes], int]:
    """Return at most ``most`` random lines, and the number of all lines, with constant memory (reservoir sampling)."""
    sample: list[bytes] = []
    generator, count = random.Random(SEED), 0
    for count, line in enumerate(lines, 1):
        if len(sample) < most:
            sample.append(line)
        elif (position := generator.randrange(count)) < most:
            sample[position] = line
    return sample, count


def numbers(text: str, content_type: str) -> list[float] | None:
    """Return the predictions of a response; None if it contains something else."""
    try:
        return PARSERS[content_type.partition(";")[0].strip()](text)
    except (LookupError, TypeError, ValueError):
        return None


def _parse_csv(text: str) -> list[float]:
    """Parse a CSV response; XGBoost's server separates rows by commas or line feeds, depending on its version."""
    return [float(cell) for cell in re.split(r"[,\n]", text.strip())]


def _parse_json(text: str) -> list[float]:
    """Parse ``{"predictions": [{"score": 1.5}, ...]}`` (XGBoost) or ``{"predictions": [[1.5], ...]}`` (TensorFlow)."""
    return [_number(prediction) for prediction in json.loads(text)["predictions"]]


def _number(prediction: Any) -> float:
    if isinstance(prediction, dict):
        return float(prediction["score"])
    if isinstance(prediction, list):
        (prediction,) = prediction
    return float(prediction)


PARSERS: dict[str, Callable[[str], list[float]]] = {"text/csv": _parse_csv, "application/json": _parse_json}


def measure(expected: Expected, rows: Sequence[bytes], predictions: Sequence[float], row_count: int) -> dict[str, Any]:
    """Return the figures: the number of rows, their mean error, the evaluation's, and the allowed difference.

    ``row_count`` is the number of rows from which ``rows`` were drawn.
    """
    labels = (float(row.partition(b",")[0]) for row in rows)
    errors = [expected.row_error(label, prediction) for label, prediction in zip(labels, predictions, strict=True)]
    is_complete = len(rows) == row_count == (expected.rows or row_count)
    chance = 0.0 if is_complete else STANDARD_ERRORS * _deviation(errors, expected.error) / math.sqrt(len(rows))
    allowed = ROUNDING * abs(expected.error) + chance
    return {"Rows": len(rows), "Error": fmean(errors), "ErrorEvaluated": expected.error, "ErrorMayDifferBy": allowed}


def _deviation(errors: Sequence[float], error: float) -> float:
    """Return the standard deviation of a row's error; for classes the evaluation's, as a few rows may all be right."""
    if set(errors) <= {0.0, 1.0}:
        return math.sqrt(max(error * (1 - error), 1 / len(errors)))
    return stdev(errors) if len(errors) > 1 else abs(error)


def failures(figures: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the figures."""
    apart = abs(figures["Error"] - figures["ErrorEvaluated"])
    if apart <= figures["ErrorMayDifferBy"]:  # false if a prediction is not a number
        return []
    return [
        f"the error of {figures['Rows']} rows is {figures['Error']:.6g}, but the model was evaluated with "
        f"{figures['ErrorEvaluated']:.6g}: this is another model, or it is served differently"
    ]
