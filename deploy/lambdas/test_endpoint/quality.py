"""How good predictions are, beside what evaluation.json says: the mean of each row's error.

The error of a row is the squared difference, or 1 for a wrong class. Where all rows of the test set are asked for, the
mean has to be evaluation's; where some are drawn, it has to be within what chance makes of that many rows.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, NamedTuple

ROUNDING = 0.001  # of the figure: numbers as text, another processor's sums
STANDARD_ERRORS = 4.0  # a good model's sample is farther off once in 16,000 times
SEED = 20_250_101  # the same rows each time


class Expected(NamedTuple):
    """What an evaluation says: its mean error, how a row's is computed, and of how many rows."""

    error: float
    of_row: Callable[[float, float], float]
    rows: int | None


class QualityMeasure(NamedTuple):
    """Where evaluation.json has the figure, its error, and how a row's error is computed: (label, prediction, cut)."""

    member: str
    metric: str
    error: Callable[[float], float]
    of_row: Callable[[float, float, float], float]


QUALITY_MEASURES = {
    "Regression": QualityMeasure("regression_metrics", "mse", float, lambda label, found, _: (label - found) ** 2),
    "BinaryClassification": QualityMeasure(
        "binary_classification_metrics",
        "accuracy",
        lambda accuracy: 1 - accuracy,
        lambda label, found, cut: float((found > cut) != (label > cut)),
    ),
    "MulticlassClassification": QualityMeasure(
        "multiclass_classification_metrics",
        "accuracy",
        lambda accuracy: 1 - accuracy,
        lambda label, found, _: float(label != found),
    ),
}


def read_expected(facts: Mapping[str, str], read: Callable[[str], Any]) -> Expected:
    """What a version's evaluation says.

    Args:
        facts: CustomerMetadataProperties of the version.
        read: gives the JSON of the file that a fact names.

    Raises:
        ValueError: it carries no evaluation, or one of another kind of problem.
    """
    problem = QUALITY_MEASURES.get(facts.get("ProblemType", ""))
    if not problem or not {"EvaluationUri", "FeaturizerUri"} <= facts.keys():
        raise ValueError("the version carries no ProblemType, EvaluationUri or FeaturizerUri; register it anew")
    report, cut = read("EvaluationUri"), read("FeaturizerUri")["label"]["probability_threshold"]
    try:
        figure = float(report[problem.member][problem.metric]["value"])
    except LookupError as error:
        raise ValueError(f"{facts['EvaluationUri']} has no {problem.member}.{problem.metric}.value") from error
    return Expected(problem.error(figure), lambda label, found: problem.of_row(label, found, cut), report.get("rows"))


def draw_lines(lines: Iterable[bytes], most: int) -> tuple[list[bytes], int]:
    """So many lines at random, and of how many; memory does not grow with them."""
    kept: list[bytes] = []
    chance, seen = random.Random(SEED), 0
    for seen, line in enumerate(lines, 1):
        if len(kept) < most:
            kept.append(line)
        elif (place := chance.randrange(seen)) < most:
            kept[place] = line
    return kept, seen


def numbers(text: str, content_type: str) -> list[float] | None:
    """The predictions of an answer; None where it is something else."""
    try:
        return READ[content_type.partition(";")[0].strip()](text)
    except (LookupError, TypeError, ValueError):
        return None


def _of_csv(text: str) -> list[float]:
    """XGBoost's server separates rows by commas or by line feeds, as it is old or new."""
    return [float(cell) for cell in re.split(r"[,\n]", text.strip())]


def _of_json(text: str) -> list[float]:
    """``{"predictions": [{"score": 1.5}, ...]}`` of XGBoost, ``{"predictions": [[1.5], ...]}`` of TensorFlow."""
    return [_number(one) for one in json.loads(text)["predictions"]]


def _number(one: Any) -> float:
    if isinstance(one, dict):
        return float(one["score"])
    if isinstance(one, list):
        (one,) = one
    return float(one)


READ: dict[str, Callable[[str], list[float]]] = {"text/csv": _of_csv, "application/json": _of_json}


def measure(expected: Expected, rows: Sequence[bytes], predictions: Sequence[float], of: int) -> dict[str, Any]:
    """The figures: of how many rows, their mean error, evaluation's, and how far apart the two may be."""
    labels = (float(row.partition(b",")[0]) for row in rows)
    errors = [expected.of_row(label, found) for label, found in zip(labels, predictions, strict=True)]
    whole = len(rows) == of == (expected.rows or of)
    chance = 0.0 if whole else STANDARD_ERRORS * _deviation(errors, expected.error) / math.sqrt(len(rows))
    allowed = ROUNDING * abs(expected.error) + chance
    return {"Rows": len(rows), "Error": fmean(errors), "ErrorEvaluated": expected.error, "ErrorMayDifferBy": allowed}


def _deviation(errors: Sequence[float], error: float) -> float:
    """Of a row's error; of wrong and right by what was evaluated: a few rows may all be right."""
    if set(errors) <= {0.0, 1.0}:
        return math.sqrt(max(error * (1 - error), 1 / len(errors)))
    return stdev(errors) if len(errors) > 1 else abs(error)


def failures(found: Mapping[str, Any]) -> list[str]:
    """What is wrong with the figures."""
    apart = abs(found["Error"] - found["ErrorEvaluated"])
    if apart <= found["ErrorMayDifferBy"]:  # not, where a prediction is no number
        return []
    return [
        f"the error of {found['Rows']} rows is {found['Error']:.6g}, where the model was evaluated with "
        f"{found['ErrorEvaluated']:.6g}: this is another model, or it is not served as it was evaluated"
    ]
