"""Define which columns hold predictions and ground truth, in the analyzer's own terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean

import pyarrow as pa

REGRESSION, BINARY, MULTICLASS = PROBLEM_TYPES = ("Regression", "BinaryClassification", "MulticlassClassification")
NUMBER_TYPE, CLASS_TYPE = pa.float64(), pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Attributes:
    """The roles that a dataset's columns have, as in the analyzer's arguments.

    Args:
        problem_type: one of PROBLEM_TYPES.
        ground_truth: the column of the ground truth, by its name or its number from 0.
        inference: that of the predicted number or class.
        probability: that of the probability of the positive class; of binary classification only.
        threshold: a probability above it is a positive prediction, if there is no ``inference``. How AWS's container
            handles equality is undocumented; here it is negative, as in Clarify.
        positive_label: the positive class, if classes are not 0 and 1.

    Raises:
        MonitorError: they do not fit a problem of that type.
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
            raise MonitorError(f"problem type {self.problem_type!r} is not one of {', '.join(PROBLEM_TYPES)}{hint}")
        if not self.ground_truth:
            raise MonitorError("no ground truth attribute: name the column that holds the ground truth")
        if self.problem_type == BINARY and not (self.inference or self.probability):
            raise MonitorError("binary classification needs an inference attribute, a probability attribute, or both")
        if not isfinite(self.threshold):
            raise MonitorError(f"the probability threshold is {self.threshold}; it must be a number")
        if self.problem_type != BINARY and not self.inference:
            raise MonitorError(f"{self.problem_type} needs an inference attribute: the column of the predictions")

    @property
    def column_attributes(self) -> list[str]:
        """All attributes that name a column."""
        return [name for name in (self.ground_truth, self.inference, self.probability) if name]

    def roles(self, names: Sequence[str]) -> dict[str, str]:
        """Return the columns that are used: ``{"ground_truth": column, "predicted": column, "probability": column}``.

        Args:
            names: of the dataset's columns.

        Raises:
            MonitorError: there is no such column, or the probability is another attribute's column. Ground truth and
                prediction may be one column, as in AWS's examples of a baseline.
        """
        attributes = {"ground_truth": self.ground_truth, "predicted": self.inference}
        if self.problem_type == BINARY:
            attributes["probability"] = self.probability
        columns = {role: _resolve_column(attribute, names) for role, attribute in attributes.items() if attribute}
        if "probability" in columns and list(columns.values()).count(columns["probability"]) > 1:
            raise MonitorError(f"two attributes name the same column: {columns}")
        return columns

    def types(self, roles: dict[str, str]) -> dict[str, pa.DataType]:
        """Return the data type that each column is read as."""
        is_number = {"ground_truth": self.problem_type == REGRESSION, "predicted": self.problem_type == REGRESSION}
        return {column: NUMBER_TYPE if is_number.get(role, True) else CLASS_TYPE for role, column in roles.items()}


def _resolve_column(attribute: str, names: Sequence[str]) -> str:
    """Return a column by its name, else by its number: the SDK accepts either."""
    if attribute in names:
        return attribute
    if attribute.isdecimal() and len(attribute) < 10 and int(attribute) < len(names):
        return names[int(attribute)]
    hint = did_you_mean(attribute, names)
    raise MonitorError(f"there is no column {attribute!r}{hint} (there are: {', '.join(names[:20])})")
