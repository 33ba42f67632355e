"""How often each class was predicted for each true class, and what follows for a classification of several classes.

The formulas are those of Spark's MulticlassMetrics: a class that is never predicted has the precision 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from model_monitor.accumulators.arrays import plain
from model_monitor.model_quality.folds import FOLDS, Metrics
from model_monitor.monitor_error import MonitorError

import numpy as np
import pyarrow as pa

#: Beyond so many classes a number is likely to stand where a class belongs.
MAX_CLASSES = 1000
BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
#: Up to so many pairs of classes, counting all that could be is quicker than looking for those that are.
_FEW = 10_000
CONSTANT = "_best_constant_classifier"
Counts = Mapping[tuple[str, str], int]


class EncodedColumn(NamedTuple):
    """Classes as their numbers, of shape (rows,), and their names. NumPy's, as Arrow would import pandas for them."""

    codes: np.ndarray
    names: Sequence[str]


def encode(column: pa.DictionaryArray) -> EncodedColumn:
    """A column of classes."""
    return EncodedColumn(plain(column.indices, "i4"), column.dictionary.to_pylist())


class Multiclass:
    """Counts of (part, true class, predicted class)."""

    def __init__(self, **_: Any) -> None:
        self.counts: Counter[tuple[int, str, str]] = Counter()

    def update(self, columns: Mapping[str, pa.Array], folds: np.ndarray) -> None:
        """Take rows in.

        Args:
            columns: ``truth`` and ``predicted`` as dictionaries of texts, none missing.
            folds: the part of each row, of shape (rows,).

        Raises:
            MonitorError: there are too many classes for a classification.
        """
        self.count(encode(columns["truth"]), encode(columns["predicted"]), folds)

    def count(self, truth: EncodedColumn, predicted: EncodedColumn, folds: np.ndarray) -> None:
        """The same, of classes as numbers."""
        self.counts.update(joint_counts(folds, truth, predicted))
        if len(self.counts) > MAX_CLASSES and len(classes(self.of())) > MAX_CLASSES:
            raise MonitorError(
                f"there are more than {MAX_CLASSES} classes, such as {predicted.names[0]!r}; "
                "is the inference attribute a probability?"
            )

    def merge(self, other: Multiclass) -> None:
        """Take in what another partition came to."""
        self.counts.update(other.counts)

    def of(self, folds: Sequence[int] = FOLDS) -> Counts:
        """(true class, predicted class) -> rows in these parts; classes that are equal as numbers are one."""
        found: Counter[tuple[str, str]] = Counter()
        names = _one_name(self.counts)
        for (fold, truth, predicted), count in self.counts.items():
            if fold in folds:
                found[names[truth], names[predicted]] += count
        return found

    def check(self) -> None:
        """Raise MonitorError where truths and predictions are of two vocabularies."""
        truths, predictions = ({pair[side] for pair in self.of()} for side in (0, 1))
        check_vocabularies(truths, predictions)

    def metrics(self, folds: Sequence[int] = FOLDS) -> Metrics:
        """accuracy and the weighted metrics, of the model and of the best constant classifier."""
        counts = self.of(folds)
        return weighted(counts) | {f"{n}{CONSTANT}": value for n, value in weighted(constant(counts)).items()}

    def structures(self) -> dict[str, Any]:
        """The confusion matrix."""
        return {"confusion_matrix": matrix(self.of())}

    def notes(self) -> list[str]:
        """What a person should know."""
        truths, predictions = ({pair[side] for pair in self.of()} for side in (0, 1))
        if not truths & predictions:
            return [f"no predicted class is a true class: {min(predictions)!r} ... and {min(truths)!r} ..."]
        return [f"the ground truth is {min(truths)!r} in all rows"] if len(truths) == 1 else []


def check_vocabularies(truths: set[str], predictions: set[str]) -> None:
    """Raise MonitorError where no true class can ever be predicted: numbers here and texts there, or other texts.

    A single class that is never met may be a bad model's, and is none.
    """
    if not truths or not predictions or truths & predictions:
        return
    are_numbers = [{as_number(name) is not None for name in names} for names in (truths, predictions)]
    if are_numbers[0] != are_numbers[1] or min(len(truths), len(predictions)) > 1:
        true, predicted = (", ".join(sorted(names)[:5]) for names in (truths, predictions))
        raise MonitorError(
            f"the ground truth's classes are {true}, and the predicted ones {predicted}: no class is in both; write "
            "them alike"
        )


def _one_name(counts: Mapping[tuple[int, str, str], int]) -> dict[str, str]:
    """Return the name of each class: a predicted 0.0 is the true class 0, if no true class is called 0.0."""
    true = {truth: truth for _, truth, _ in counts}
    by_number = {number: name for name in true if (number := as_number(name)) is not None}
    predicted = {name: name for *_, name in counts}
    for name in predicted.keys() - true.keys():
        if (number := as_number(name)) is not None:
            predicted[name] = by_number.get(number, name)
    return predicted | true


def as_number(name: str) -> float | None:
    """A class as a number. An integer of any length, such as a key, is itself."""
    try:
        number = float(name)
    except ValueError:
        return None
    return number if abs(number) <= 2**53 else None


def joint_counts(folds: np.ndarray, truth: EncodedColumn, predicted: EncodedColumn) -> dict[tuple[int, str, str], int]:
    """(part, true class, predicted class) -> rows."""
    width = len(predicted.names)
    codes = truth.codes.astype(np.int64) * width + predicted.codes
    codes = codes * len(FOLDS) + folds
    if len(truth.names) * width <= _FEW:
        found = np.flatnonzero(every := np.bincount(codes))
        counts = every[found]
    else:
        found, counts = np.unique(codes, return_counts=True)
    return {
        (
            code % len(FOLDS),
            truth.names[code // len(FOLDS) // width],
            predicted.names[code // len(FOLDS) % width],
        ): count
        for code, count in zip(found.tolist(), counts.tolist(), strict=True)
    }


def classes(counts: Counts) -> list[str]:
    """All that occur, true or predicted, sorted."""
    return sorted({name for pair in counts for name in pair})


def matrix(counts: Counts) -> dict[str, dict[str, int]]:
    """{true class: {predicted class: rows}}."""
    names = classes(counts)
    return {truth: {predicted: counts.get((truth, predicted), 0) for predicted in names} for truth in names}


def constant(counts: Counts) -> Counts:
    """The counts, had the most frequent true class always been predicted: the best that a constant can do.

    The example in AWS's documentation has the rarer class there; of two equally frequent ones, here it is the first.
    """
    truths = true_counts(counts)
    best = max(sorted(truths), key=truths.__getitem__, default="")
    return {(truth, best): count for truth, count in truths.items()}


def true_counts(counts: Counts) -> Counter[str]:
    """True class -> rows."""
    found: Counter[str] = Counter()
    for (truth, _), count in counts.items():
        found[truth] += count
    return found


def weighted(counts: Counts) -> dict[str, float | None]:
    """The metrics of each class, weighted by how often it is the true one."""
    truths, total = true_counts(counts), sum(counts.values())
    predictions: Counter[str] = Counter()
    for (_, predicted), count in counts.items():
        predictions[predicted] += count
    hits = {name: counts.get((name, name), 0) for name in truths}
    recalls = {name: hits[name] / truths[name] for name in truths}
    precisions = {name: hits[name] / predictions[name] if predictions[name] else 0.0 for name in truths}
    each: dict[str, Mapping[str, float]] = {"recall": recalls, "precision": precisions}
    each |= {f: {n: f_beta(precisions[n], recalls[n], beta) for n in truths} for f, beta in BETAS.items()}
    means = {
        f"weighted_{metric}": sum(values[n] * truths[n] / total for n in truths) if total else None
        for metric, values in each.items()
    }
    return {"accuracy": sum(hits.values()) / total if total else None} | means


def f_beta(precision: float, recall: float, beta: float) -> float:
    """The F measure; 0 where both are 0. van Rijsbergen (1979)."""
    both = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / both if both else 0.0
