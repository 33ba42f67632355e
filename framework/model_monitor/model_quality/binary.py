"""Compute metrics of a binary classification: of the predicted classes, and of the curves of the probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from model_monitor.accumulators.arrays import to_numpy
from model_monitor.model_quality.confusion import (
    BETAS,
    CONSTANT_SUFFIX,
    Counts,
    EncodedColumn,
    Multiclass,
    as_number,
    check_vocabularies,
    constant_counts,
    encode,
    f_beta,
    matrix,
)
from model_monitor.model_quality.curves import Curves, Scores
from model_monitor.model_quality.folds import FOLDS, Metrics
from model_monitor.monitor_error import MonitorError

import numpy as np
import pyarrow as pa

NEGATIVE, POSITIVE = CLASSES = ("0", "1")
GROUND_TRUTH, PREDICTION = "ground truth", "inference"
MAX_SPELLINGS = 1000  # of the ground truth's classes, and of the predicted ones
_CLASS_BY_SPELLING = {
    "0": NEGATIVE,
    "0.0": NEGATIVE,
    "false": NEGATIVE,
    "1": POSITIVE,
    "1.0": POSITIVE,
    "true": POSITIVE,
}


class Binary:
    """An accumulator that counts the classes, and keeps the scores with which they were predicted.

    Args:
        threshold: a probability above it is a positive prediction.
        positive_label: the positive class, if classes are not 0 and 1.
        one_by_one: see Scores.
    """

    def __init__(self, threshold: float = 0.5, positive_label: str | None = None, one_by_one: bool = True) -> None:
        self.threshold, self.positive_label = threshold, positive_label
        self.confusion, self.scores = Multiclass(), Scores(one_by_one)
        self.names: dict[str, set[str]] = {GROUND_TRUTH: set(), PREDICTION: set()}

    def update(self, columns: Mapping[str, pa.Array], folds: np.ndarray) -> None:
        """Add rows.

        Args:
            columns: ``ground_truth`` and ``predicted`` as dictionaries of strings, ``probability`` as numbers; one of
                the latter two may be absent. No value is missing.
            folds: the fold of each row, of shape (rows,).

        Raises:
            MonitorError: a class is neither of the two.
        """
        ground_truth, probability = (
            self._encode_classes(columns["ground_truth"], GROUND_TRUTH),
            columns.get("probability"),
        )
        if "predicted" in columns:
            predicted = self._encode_classes(columns["predicted"], PREDICTION)
        else:
            predicted = EncodedColumn((to_numpy(probability, "f8") > self.threshold).astype(np.int32), CLASSES)
        self.confusion.count(ground_truth, predicted, folds)
        scores = predicted.codes.astype(float) if probability is None else to_numpy(probability, "f8")
        self.scores.update(scores, ground_truth.codes, folds)

    def merge(self, later: Binary) -> None:
        """Add the counts and scores of another partition."""
        self.confusion.merge(later.confusion)
        for role, names in later.names.items():
            self.names[role] |= names
        self.scores.merge(later.scores)

    def metrics(self, folds: Sequence[int] = FOLDS) -> Metrics:
        """Return all metrics; None for one that is not defined, such as precision without a positive prediction."""
        counts, curves = self.confusion.counts_in(folds), self.curves.points(folds)
        model, trivial = _metrics(counts), _metrics(constant_counts(counts))
        constant_metrics = {f"{name}{CONSTANT_SUFFIX}": value for name, value in trivial.items()}
        return model | constant_metrics | {"auc": curves.area_below_roc, "au_prc": curves.area_below_precision_recall}

    @cached_property
    def curves(self) -> Curves:
        """The curves, which have the thresholds of all rows; to be read once all rows are added."""
        return self.scores.finish()

    def structures(self) -> dict[str, Any]:
        """Return the confusion matrix and the curves."""
        curves = self.curves.points(FOLDS)
        counts = dict.fromkeys(((t, p) for t in CLASSES for p in CLASSES), 0) | dict(self.confusion.counts_in())
        return {
            "confusion_matrix": matrix(counts),
            "receiver_operating_characteristic_curve": {
                "false_positive_rates": curves.false_positive_rates,
                "true_positive_rates": curves.true_positive_rates,
            },
            "precision_recall_curve": {"precisions": curves.precisions, "recalls": curves.recalls},
        }

    def check(self) -> None:
        """Raise MonitorError if ground truth and predictions use different names for the classes."""
        if self.positive_label is not None:
            check_vocabularies(
                *({_normalise(name) for name in self.names[role]} for role in (GROUND_TRUTH, PREDICTION))
            )

    def notes(self) -> list[str]:
        """Return notes for the user."""
        ground_truths = {ground_truth for ground_truth, _ in self.confusion.counts_in()}
        notes = (
            [f"the ground truth is {min(ground_truths)} in all rows: auc is meaningless"]
            if len(ground_truths) == 1
            else []
        )
        if self.scores.share < 1:
            notes.append(f"the curves and their areas are of a random {self.scores.share:.1%} of the rows")
        return [*notes, *(["the prediction is the same in all rows"] if self.scores.is_constant else [])]

    def _encode_classes(self, column: pa.DictionaryArray, role: str) -> EncodedColumn:
        """Return the classes encoded as 0 and 1, whatever their names."""
        encoded = encode(column)
        if len(self.names[role]) < MAX_SPELLINGS:
            self.names[role].update(encoded.names)
        codes = np.array([CLASSES.index(self._class_of(name, role)) for name in encoded.names], np.int32)
        return EncodedColumn(codes[encoded.codes], CLASSES)

    def _class_of(self, name: str, role: str) -> str:
        if self.positive_label is not None:
            return POSITIVE if _normalise(name) == _normalise(self.positive_label) else NEGATIVE
        if name.lower() not in _CLASS_BY_SPELLING:
            raise MonitorError(
                f"the {role} {name[:60]!r} is neither 0 nor 1; give a probability as the probability attribute, and "
                "the positive label if classes have names"
            )
        return _CLASS_BY_SPELLING[name.lower()]


def _normalise(name: str) -> str:
    """Return one spelling for a class that may be written as true, 1 or 1.0."""
    spelling = _CLASS_BY_SPELLING.get(name.lower(), name)
    return spelling if (number := as_number(spelling)) is None else repr(number)


def _metrics(counts: Counts) -> dict[str, float | None]:
    def rows(ground_truth: str, predicted: str) -> int:
        return counts.get((ground_truth, predicted), 0)

    hits, misses = rows(POSITIVE, POSITIVE), rows(POSITIVE, NEGATIVE)
    alarms, passes = rows(NEGATIVE, POSITIVE), rows(NEGATIVE, NEGATIVE)
    recall, precision = _share(hits, hits + misses), _share(hits, hits + alarms)
    false_positives, false_negatives = _share(alarms, alarms + passes), _share(misses, hits + misses)
    return {
        "recall": recall,
        "precision": precision,
        "accuracy": _share(hits + passes, hits + misses + alarms + passes),
        "true_positive_rate": recall,
        "true_negative_rate": _share(passes, alarms + passes),
        "false_positive_rate": false_positives,
        "false_negative_rate": false_negatives,
        **{
            name: None if precision is None or recall is None else f_beta(precision, recall, beta)
            for name, beta in BETAS.items()
        },
    }


def _share(part: int, total: int) -> float | None:
    return part / total if total else None
