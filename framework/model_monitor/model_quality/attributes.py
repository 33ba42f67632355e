"""Which columns hold predictions and truth, in the analyzer's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean

import pyarrow as pa

REGRESSION, BINARY, MULTICLASS = PROBLEM_TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")
NUMBER, CLASS = pa.float64(), pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Attributes:
    """What the analyzer is told of a dataset.

    Args:
        problem_type: one of PROBLEM_TYPES.
        ground_truth: the column of the truth, by its name or its number from 0.
        inference: that of the predicted number or class.
        probability: that of the probability of the positive class; of binary classification only.
        threshold: a probability above it is a positive prediction, where there is no ``inference``. Whether that is so
            at equality in AWS's container nobody outside knows; here it is negative, as Clarify has it.
        positive_label: the positive class where classes are not 0 and 1.

    Raises:
        MonitorError: they do not make a problem of that type.
    """

    problem_type: str
    ground_truth: str
    inference: str | None = None
    probability: str | None = None
    threshold: float = 0.5
    positive_label: str | None = None

    def __post_init__(self) -> None:
        if self.problem_type not in PROBLEM_TYPES:
            hint = did_you_mean(self.problem_type, PROBLEM_TYPES)
            raise MonitorError(f"problem type {self.problem_type!r} is none of {', '.join(PROBLEM_TYPES)}{hint}")
        if not self.ground_truth:
            raise MonitorError("no ground truth attribute: name the column that holds the truth")
        if self.problem_type == BINARY and not (self.inference or self.probability):
            raise MonitorError("binary classification needs an inference attribute, a probability attribute, or both")
        if not isfinite(self.threshold):
            raise MonitorError(f"the probability threshold is {self.threshold}; it must be a number")
        if self.problem_type != BINARY and not self.inference:
            raise MonitorError(f"{self.problem_type} needs an inference attribute: the column of the predictions")

    @property
    def asked(self) -> list[str]:
        """All that name a column."""
        return [name for name in (self.ground_truth, self.inference, self.probability) if name]

    def roles(self, names: Sequence[str]) -> dict[str, str]:
        """``{"truth": column, "predicted": column, "probability": column}``, of these the ones that are used.

        Args:
            names: of the dataset's columns.

        Raises:
            MonitorError: it has no such column, or two attributes name the same.
        """
        given = {"truth": self.ground_truth, "predicted": self.inference}
        if self.problem_type == BINARY:
            given["probability"] = self.probability
        found = {role: _column(attribute, names) for role, attribute in given.items() if attribute}
        if len(set(found.values())) < len(found):
            raise MonitorError(f"two attributes name the same column: {found}")
        return found

    def types(self, roles: dict[str, str]) -> dict[str, pa.DataType]:
        """Column -> how it is to be read."""
        is_number = {"truth": self.problem_type == REGRESSION, "predicted": self.problem_type == REGRESSION}
        return {column: NUMBER if is_number.get(role, True) else CLASS for role, column in roles.items()}


def _column(attribute: str, names: Sequence[str]) -> str:
    """By name, else by number: the SDK lets one give either."""
    if attribute in names:
        return attribute
    if attribute.isdecimal() and len(attribute) < 10 and int(attribute) < len(names):
        return names[int(attribute)]
    hint = did_you_mean(attribute, names)
    raise MonitorError(f"there is no column {attribute!r}{hint} (there are: {', '.join(names[:20])})")
