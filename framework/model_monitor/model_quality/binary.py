"""Metrics of a binary classification: of the predicted classes, and of the probabilities' curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from model_monitor.accumulators.arrays import plain
from model_monitor.model_quality.confusion import (
    BETAS,
    CONSTANT,
    Counts,
    EncodedColumn,
    Multiclass,
    as_number,
    check_vocabularies,
    constant,
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
TRUTH, PREDICTION = "ground truth", "inference"
MAX_NAMES = 1000  # that are kept of each
_KNOWN = {"0": NEGATIVE, "0.0": NEGATIVE, "false": NEGATIVE, "1": POSITIVE, "1.0": POSITIVE, "true": POSITIVE}


class Binary:
    """Counts of the classes, and the scores that they were predicted with.

    Args:
        threshold: a probability above it is a positive prediction.
        positive_label: the positive class, where classes are not 0 and 1.
        one_by_one: see Scores.
    """

    def __init__(self, threshold: float = 0.5, positive_label: str | None = None, one_by_one: bool = True) -> None:
        self.threshold, self.positive_label = threshold, positive_label
        self.confusion, self.scores = Multiclass(), Scores(one_by_one)
        self.names: dict[str, set[str]] = {TRUTH: set(), PREDICTION: set()}

    def update(self, columns: Mapping[str, pa.Array], folds: np.ndarray) -> None:
        """Take rows in.

        Args:
            columns: ``truth`` and ``predicted`` as dictionaries of texts, ``probability`` as numbers; one of the latter
                two may be absent. None missing.
            folds: the part of each row, of shape (rows,).

        Raises:
            MonitorError: a class that is none of the two.
        """
        truth, probability = self._classes(columns["truth"], TRUTH), columns.get("probability")
        if "predicted" in columns:
            predicted = self._classes(columns["predicted"], PREDICTION)
        else:
            predicted = EncodedColumn((plain(probability, "f8") > self.threshold).astype(np.int32), CLASSES)
        self.confusion.count(truth, predicted, folds)
        scores = predicted.codes.astype(float) if probability is None else plain(probability, "f8")
        self.scores.update(scores, truth.codes, folds)

    def merge(self, other: Binary) -> None:
        """Take in what another partition came to."""
        self.confusion.merge(other.confusion)
        for role, names in other.names.items():
            self.names[role] |= names
        self.scores.merge(other.scores)

    def metrics(self, folds: Sequence[int] = FOLDS) -> Metrics:
        """All metrics; None where one is not defined, as precision is without a positive prediction."""
        counts, curves = self.confusion.of(folds), self.curves.of(folds)
        model, trivial = _metrics(counts), _metrics(constant(counts))
        of_constant = {f"{name}{CONSTANT}": value for name, value in trivial.items()}
        return model | of_constant | {"auc": curves.area_below_roc, "au_prc": curves.area_below_precision_recall}

    @cached_property
    def curves(self) -> Curves:
        """At the thresholds of all rows; to be looked at once these are in."""
        return self.scores.finish()

    def structures(self) -> dict[str, Any]:
        """The confusion matrix and the curves."""
        curves = self.curves.of(FOLDS)
        counts = dict.fromkeys(((t, p) for t in CLASSES for p in CLASSES), 0) | dict(self.confusion.of())
        return {
            "confusion_matrix": matrix(counts),
            "receiver_operating_characteristic_curve": {
                "false_positive_rates": curves.false_positive_rates,
                "true_positive_rates": curves.true_positive_rates,
            },
            "precision_recall_curve": {"precisions": curves.precisions, "recalls": curves.recalls},
        }

    def check(self) -> None:
        """Raise MonitorError where truths and predictions are of two vocabularies."""
        if self.positive_label is not None:
            check_vocabularies(*({_alike(name) for name in self.names[role]} for role in (TRUTH, PREDICTION)))

    def notes(self) -> list[str]:
        """What a person should know."""
        truths = {truth for truth, _ in self.confusion.of()}
        notes = [f"the ground truth is {min(truths)} in all rows: auc says nothing"] if len(truths) == 1 else []
        if self.scores.share < 1:
            notes.append(f"the curves and their areas are of a random {self.scores.share:.1%} of the rows")
        return [*notes, *(["the prediction is the same in all rows"] if self.scores.is_constant else [])]

    def _classes(self, column: pa.DictionaryArray, role: str) -> EncodedColumn:
        """The same classes as 0 and 1, whatever they were called."""
        given = encode(column)
        if len(self.names[role]) < MAX_NAMES:
            self.names[role].update(given.names)
        codes = np.array([CLASSES.index(self._class(name, role)) for name in given.names], np.int32)
        return EncodedColumn(codes[given.codes], CLASSES)

    def _class(self, name: str, role: str) -> str:
        if self.positive_label is not None:
            return POSITIVE if _alike(name) == _alike(self.positive_label) else NEGATIVE
        if name.lower() not in _KNOWN:
            raise MonitorError(
                f"the {role} {name[:60]!r} is neither 0 nor 1; give a probability as the probability attribute, and "
                "the positive label where classes have names"
            )
        return _KNOWN[name.lower()]


def _alike(name: str) -> str:
    """One spelling of a class that may be written as true, 1 or 1.0."""
    known = _KNOWN.get(name.lower(), name)
    return known if (number := as_number(known)) is None else repr(number)


def _metrics(counts: Counts) -> dict[str, float | None]:
    def rows(truth: str, predicted: str) -> int:
        return counts.get((truth, predicted), 0)

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


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
