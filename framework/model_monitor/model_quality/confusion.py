"""Count how often each class was predicted for each true class, and compute metrics of several classes from that.

The formulas are those of Spark's MulticlassMetrics: a class that is never predicted has the precision 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from model_monitor.accumulators.arrays import to_numpy
from model_monitor.model_quality.folds import FOLDS, Metrics
from model_monitor.monitor_error import MonitorError

import numpy as np
import pyarrow as pa

#: With more classes than this, the column probably holds numbers instead of classes.
MAX_CLASSES = 1000
BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
#: Up to this many pairs of classes, counting all possible pairs is faster than finding those that occur.
_MAX_DENSE_PAIRS = 10_000
CONSTANT_SUFFIX = "_best_constant_classifier"
Counts = Mapping[tuple[str, str], int]


class EncodedColumn(NamedTuple):
    """Classes as numbers, of shape (rows,), and their names.

    The numbers are in a NumPy array, as Arrow would import pandas for them.
    """

    codes: np.ndarray
    names: Sequence[str]


def encode(column: pa.DictionaryArray) -> EncodedColumn:
    """Return a column of classes as numbers and names."""
    return EncodedColumn(to_numpy(column.indices, "i4"), column.dictionary.to_pylist())


class Multiclass:
    """An accumulator that counts (fold, true class, predicted class)."""

    def __init__(self, **_: Any) -> None:
        self.counts: Counter[tuple[int, str, str]] = Counter()

    def update(self, columns: Mapping[str, pa.Array], folds: np.ndarray) -> None:
        """Add rows.

        Args:
            columns: ``ground_truth`` and ``predicted`` as dictionaries of strings, none missing.
            folds: the fold of each row, of shape (rows,).

        Raises:
            MonitorError: there are too many classes for a classification.
        """
        self.count(encode(columns["ground_truth"]), encode(columns["predicted"]), folds)

    def count(self, ground_truth: EncodedColumn, predicted: EncodedColumn, folds: np.ndarray) -> None:
        """Add rows whose classes are encoded as numbers; see ``update``."""
        self.counts.update(joint_counts(folds, ground_truth, predicted))
        if len(self.counts) > MAX_CLASSES and len(class_names(self.counts_in())) > MAX_CLASSES:
            raise MonitorError(
                f"there are more than {MAX_CLASSES} classes, such as {predicted.names[0]!r}; "
                "is the inference attribute a probability?"
            )

    def merge(self, later: Multiclass) -> None:
        """Add the counts of another partition."""
        self.counts.update(later.counts)

    def counts_in(self, folds: Sequence[int] = FOLDS) -> Counts:
        """Return (true class, predicted class) -> number of rows in these folds.

        Classes that are equal as numbers are merged.
        """
        merged: Counter[tuple[str, str]] = Counter()
        names = _canonical_names(self.counts)
        for (fold, ground_truth, predicted), count in self.counts.items():
            if fold in folds:
                merged[names[ground_truth], names[predicted]] += count
        return merged

    def check(self) -> None:
        """Raise MonitorError if ground truth and predictions use different names for the classes."""
        ground_truths, predictions = ({pair[side] for pair in self.counts_in()} for side in (0, 1))
        check_vocabularies(ground_truths, predictions)

    def metrics(self, folds: Sequence[int] = FOLDS) -> Metrics:
        """Return accuracy and the weighted metrics, of the model and of the best constant classifier."""
        counts = self.counts_in(folds)
        return weighted_metrics(counts) | {
            f"{n}{CONSTANT_SUFFIX}": value for n, value in weighted_metrics(constant_counts(counts)).items()
        }

    def structures(self) -> dict[str, Any]:
        """Return the confusion matrix."""
        return {"confusion_matrix": matrix(self.counts_in())}

    def notes(self) -> list[str]:
        """Return notes for the user."""
        ground_truths, predictions = ({pair[side] for pair in self.counts_in()} for side in (0, 1))
        if not ground_truths & predictions:
            return [f"no predicted class is a true class: {min(predictions)!r} ... and {min(ground_truths)!r} ..."]
        return [f"the ground truth is {min(ground_truths)!r} in all rows"] if len(ground_truths) == 1 else []


def check_vocabularies(ground_truths: set[str], predictions: set[str]) -> None:
    """Raise MonitorError if no true class can ever be predicted: one side has numbers, or all names differ.

    A single class that is never predicted may come from a bad model, and is not an error.
    """
    if not ground_truths or not predictions or ground_truths & predictions:
        return
    are_numbers = [{as_number(name) is not None for name in names} for names in (ground_truths, predictions)]
    if are_numbers[0] != are_numbers[1] or min(len(ground_truths), len(predictions)) > 1:
        true, predicted = (", ".join(sorted(names)[:5]) for names in (ground_truths, predictions))
        raise MonitorError(
            f"the ground truth's classes are {true}, and the predicted ones {predicted}: no class is in both; write "
            "them the same way"
        )


def _canonical_names(counts: Mapping[tuple[int, str, str], int]) -> dict[str, str]:
    """Return the name of each class: a predicted 0.0 is the true class 0, if no true class is called 0.0."""
    true = {ground_truth: ground_truth for _, ground_truth, _ in counts}
    by_number = {number: name for name in true if (number := as_number(name)) is not None}
    predicted = {name: name for *_, name in counts}
    for name in predicted.keys() - true.keys():
        if (number := as_number(name)) is not None:
            predicted[name] = by_number.get(number, name)
    return predicted | true


def as_number(name: str) -> float | None:
    """Return a class as a number; None if it is not a number. An integer of any length, such as a key, is itself."""
    try:
        number = float(name)
    except ValueError:
        return None
    return number if abs(number) <= 2**53 else None


def joint_counts(
    folds: np.ndarray, ground_truth: EncodedColumn, predicted: EncodedColumn
) -> dict[tuple[int, str, str], int]:
    """Return (fold, true class, predicted class) -> number of rows."""
    width = len(predicted.names)
    codes = ground_truth.codes.astype(np.int64) * width + predicted.codes
    codes = codes * len(FOLDS) + folds
    if len(ground_truth.names) * width <= _MAX_DENSE_PAIRS:
        occurring = np.flatnonzero(every := np.bincount(codes))
        counts = every[occurring]
    else:
        occurring, counts = np.unique(codes, return_counts=True)
    return {
        (
            code % len(FOLDS),
            ground_truth.names[code // len(FOLDS) // width],
            predicted.names[code // len(FOLDS) % width],
        ): count
        for code, count in zip(occurring.tolist(), counts.tolist(), strict=True)
    }


def class_names(counts: Counts) -> list[str]:
    """Return all classes that occur, true or predicted, sorted."""
    return sorted({name for pair in counts for name in pair})


def matrix(counts: Counts) -> dict[str, dict[str, int]]:
    """Return {true class: {predicted class: number of rows}}."""
    names = class_names(counts)
    return {
        ground_truth: {predicted: counts.get((ground_truth, predicted), 0) for predicted in names}
        for ground_truth in names
    }


def constant_counts(counts: Counts) -> Counts:
    """Return the counts as if the most frequent true class were always predicted: the best constant classifier.

    The example in AWS's documentation uses the rarer class; of two equally frequent classes, here it is the first.
    """
    ground_truths = true_counts(counts)
    best = max(sorted(ground_truths), key=ground_truths.__getitem__, default="")
    return {(ground_truth, best): count for ground_truth, count in ground_truths.items()}


def true_counts(counts: Counts) -> Counter[str]:
    """Return true class -> number of rows."""
    totals: Counter[str] = Counter()
    for (ground_truth, _), count in counts.items():
        totals[ground_truth] += count
    return totals


def weighted_metrics(counts: Counts) -> dict[str, float | None]:
    """Return the metrics of each class, weighted by how often it is the true one."""
    ground_truths, total = true_counts(counts), sum(counts.values())
    predictions: Counter[str] = Counter()
    for (_, predicted), count in counts.items():
        predictions[predicted] += count
    hits = {name: counts.get((name, name), 0) for name in ground_truths}
    recalls = {name: hits[name] / ground_truths[name] for name in ground_truths}
    precisions = {name: hits[name] / predictions[name] if predictions[name] else 0.0 for name in ground_truths}
    each: dict[str, Mapping[str, float]] = {"recall": recalls, "precision": precisions}
    each |= {f: {n: f_beta(precisions[n], recalls[n], beta) for n in ground_truths} for f, beta in BETAS.items()}
    means = {
        f"weighted_{metric}": sum(values[n] * ground_truths[n] / total for n in ground_truths) if total else None
        for metric, values in each.items()
    }
    return {"accuracy": sum(hits.values()) / total if total else None} | means


def f_beta(precision: float, recall: float, beta: float) -> float:
    """Return the F measure; 0 if both are 0. van Rijsbergen (1979)."""
    both = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / both if both else 0.0
