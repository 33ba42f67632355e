"""Computes the bias metrics of SageMaker Clarify: formulas on counts, each with Clarify's name and description.

a is the advantaged part of the rows, d is the part whose facet has the configured value. y is the label, p the
prediction; 1 is the positive outcome. The formulas are in https://arxiv.org/abs/2109.03285 (section 4 and its
appendix), and in https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

A, D = 0, 1
NO_COMMON_LABEL = "No instance of common facet found, dataset may be too small"


class MetricError(Exception):
    """Raised by a metric that is not defined for the rows; the message, which is Clarify's, becomes its error."""


@dataclass(frozen=True)
class Counts:
    """Holds row counts by facet (a, d), label (0, 1) and prediction (0, 1): shape (2, 2, 2).

    ``groups`` are such counts for each value of the group variable, in its order; None if there is no such variable.
    """

    rows: np.ndarray
    groups: Sequence[np.ndarray] | None = None

    def n(self, facet: int, label: int | None = None, predicted: int | None = None) -> int:
        """Count the rows of a or d; only those with the given label and prediction, if any."""
        selection = tuple(slice(None) if index is None else index for index in (facet, label, predicted))
        return int(self.rows[selection].sum())


class Metric(NamedTuple):
    """Defines a metric by its description and formula. ``empty`` are the error messages for no rows in a, and in d."""

    description: str
    value: Callable[[Counts], float]
    empty: tuple[str, str] | None = ("Negated Facet set is empty", "Facet set is empty")

    def result(self, name: str, counts: Counts) -> dict[str, Any]:
        """Return the metric as in analysis.json: with its value, or with null and the error."""
        try:
            self._check(counts)
            return {"name": name, "description": self.description, "value": _json_number(self.value(counts))}
        except MetricError as error:
            return {"name": name, "description": self.description, "value": None, "error": str(error)}

    def _check(self, counts: Counts) -> None:
        for facet in (A, D) if self.empty else ():
            if self.empty and not counts.n(facet):
                raise MetricError(self.empty[facet])


def divide(above: float, below: float) -> float:
    """Divide like Clarify: 0/0 is 0, any other number divided by 0 is infinite."""
    if below:
        return above / below
    return 0.0 if not above else math.copysign(math.inf, above)


def difference(minuend: float, subtrahend: float) -> float:
    """Subtract like Clarify: the difference of two infinite numbers is 0."""
    return 0.0 if minuend == subtrahend else minuend - subtrahend


def _json_number(value: float) -> float | str:
    return str(value).replace("inf", "Infinity") if math.isinf(value) else value


def _class_imbalance(c: Counts) -> float:
    return (c.n(A) - c.n(D)) / (c.n(A) + c.n(D))


def _difference_in_labels(c: Counts) -> float:
    return c.n(A, 1) / c.n(A) - c.n(D, 1) / c.n(D)


def _distributions(c: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of labels in a and in d, for the labels that occur in both."""
    both = [label for label in (0, 1) if c.n(A, label) and c.n(D, label)]
    if not both:
        raise MetricError(NO_COMMON_LABEL)
    shares = [np.array([c.n(facet, label) / c.n(facet) for label in both]) for facet in (A, D)]
    return shares[0], shares[1]


def _kl(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.sum(p * np.log(p / q)))


def _kullback_leibler(c: Counts) -> float:
    return _kl(*_distributions(c))


def _jensen_shannon(c: Counts) -> float:
    a, d = _distributions(c)
    mean = 1 / 2 * (a + d)
    return 0.5 * (_kl(a, mean) + _kl(d, mean))


def _norm(order: float) -> Callable[[Counts], float]:
    def value(c: Counts) -> float:
        a, d = _distributions(c)
        return float(np.linalg.norm(a - d, order))

    return value


def _total_variation(c: Counts) -> float:
    return 0.5 * _norm(1)(c)


def _demographic_disparity(axis: int) -> Callable[[Counts], float]:
    """Return the metric of labels (axis 1) or predictions (axis 2).

    It is d's share of the rejected less that of the accepted, averaged over the groups by their size.
    """

    def by_facet(rows: np.ndarray) -> np.ndarray:
        return rows.sum(axis=3 - axis)  # the remaining axes are facet and outcome

    def value(c: Counts) -> float:
        if c.groups is None:
            raise MetricError("Group variable is empty or not provided")
        for outcome, word in ((1, "positive"), (0, "negative")):
            if not by_facet(c.rows)[:, outcome].sum():
                raise MetricError(f"No {word} labels in set")
        sizes = np.array([float(group.sum()) for group in c.groups])
        disparities = np.array([_disparity(by_facet(group)) for group in c.groups])
        return divide(float(np.sum(sizes * disparities)), float(np.sum(sizes)))

    return value


def _disparity(rows: np.ndarray) -> float:
    rejected, accepted = (rows[D, outcome] / rows[:, outcome].sum() if rows[D, outcome] else 0.0 for outcome in (0, 1))
    return float(rejected - accepted)


def _difference_in_predictions(c: Counts) -> float:
    return c.n(A, None, 1) / c.n(A) - c.n(D, None, 1) / c.n(D)


def _disparate_impact(c: Counts) -> float:
    return divide(c.n(D, None, 1) / c.n(D), c.n(A, None, 1) / c.n(A))


def _facet_difference(facet: int, share: Callable[[Counts, int], float]) -> Callable[[Counts], float]:
    """Return the metric that subtracts ``share`` of the other facet from that of ``facet``, which is a or d."""
    return lambda c: difference(share(c, facet), share(c, 1 - facet))


def _accuracy(c: Counts, facet: int) -> float:
    return divide(c.n(facet, 1, 1) + c.n(facet, 0, 0), c.n(facet))


def _label_share(outcome: int) -> Callable[[Counts, int], float]:
    """Return the share of rows with this label that are predicted so: recall for 1, specificity for 0."""
    return lambda c, facet: divide(c.n(facet, outcome, outcome), c.n(facet, outcome))


def _predicted_share(outcome: int) -> Callable[[Counts, int], float]:
    """Return the share of rows with this prediction that are correct: acceptance rate for 1, rejection rate for 0."""
    return lambda c, facet: divide(c.n(facet, outcome, outcome), c.n(facet, None, outcome))


def _conditional(outcome: int) -> Callable[[Counts, int], float]:
    """Return the number of rows with this label divided by that of rows with this prediction."""
    return lambda c, facet: divide(c.n(facet, outcome), c.n(facet, None, outcome))


def _wrong_ways(c: Counts, facet: int) -> float:
    return divide(c.n(facet, 1, 0), c.n(facet, 0, 1))


def _generalized_entropy(c: Counts) -> float:
    """Compute the entropy with alpha 2 of the benefit p - y + 1 of each row."""
    rows = {benefit: int(sum(c.n(f, y, p) for f in (A, D) for y, p in pairs)) for benefit, pairs in _BENEFITS.items()}
    total = sum(rows.values())
    mean = sum(benefit * count for benefit, count in rows.items()) / total
    if not mean:
        raise MetricError(
            "All predicted labels are false negatives. There should be at least one prediction that is not false "
            "negative."
        )
    return sum(((benefit / mean) ** 2 - 1) * count for benefit, count in rows.items()) / (total * 2)


#: Benefit -> the (label, prediction) that have it.
_BENEFITS: dict[int, tuple[tuple[int, int], ...]] = {0: ((1, 0),), 1: ((0, 0), (1, 1)), 2: ((0, 1),)}

_CHECKS_ITSELF = None
_PREFIXED = ("{0}: Negated Facet set is empty", "{0}: Facet set is empty")


def _empty_messages(name: str) -> tuple[str, str]:
    return _PREFIXED[0].format(name), _PREFIXED[1].format(name)


PRE_TRAINING = {
    "CDDL": Metric("Conditional Demographic Disparity in Labels (CDDL)", _demographic_disparity(1), _CHECKS_ITSELF),
    "CI": Metric(
        "Class Imbalance (CI)",
        _class_imbalance,
        (
            "CI: negated facet set is empty. Check that x[~facet] has non-zero length.",
            "CI: facet set is empty. Check that x[facet] has non-zero length.",
        ),
    ),
    "DPL": Metric(
        "Difference in Positive Proportions in Labels (DPL)",
        _difference_in_labels,
        ("Negative facet set is empty.", "Facet set is empty."),
    ),
    "JS": Metric("Jensen-Shannon Divergence (JS)", _jensen_shannon, _CHECKS_ITSELF),
    "KL": Metric("Kullback-Liebler Divergence (KL)", _kullback_leibler, _CHECKS_ITSELF),
    "KS": Metric("Kolmogorov-Smirnov Distance (KS)", _norm(np.inf), _CHECKS_ITSELF),
    "LP": Metric("L-p Norm (LP)", _norm(2), _CHECKS_ITSELF),
    "TVD": Metric("Total Variation Distance (TVD)", _total_variation, _CHECKS_ITSELF),
}

#: FT, the flip test, needs the rows themselves: see ``flip_test``.
POST_TRAINING = {
    "AD": Metric("Accuracy Difference (AD)", _facet_difference(A, _accuracy)),
    "CDDPL": Metric(
        "Conditional Demographic Disparity in Predicted Labels (CDDPL)", _demographic_disparity(2), _CHECKS_ITSELF
    ),
    "DAR": Metric(
        "Difference in Acceptance Rates (DAR)", _facet_difference(A, _predicted_share(1)), _empty_messages("DLR")
    ),
    "DCA": Metric(
        "Difference in Conditional Acceptance (DCA)", _facet_difference(A, _conditional(1)), _empty_messages("DCO")
    ),
    "DCR": Metric(
        "Difference in Conditional Rejection (DCR)", _facet_difference(D, _conditional(0)), _empty_messages("DCO")
    ),
    "DI": Metric("Disparate Impact (DI)", _disparate_impact, ("Negated facet set is empty", "Facet set is empty")),
    "DPPL": Metric(
        "Difference in Positive Proportions in Predicted Labels (DPPL)",
        _difference_in_predictions,
        ("Negative facet set is empty.", "Facet set is empty."),
    ),
    "DRR": Metric(
        "Difference in Rejection Rates (DRR)", _facet_difference(D, _predicted_share(0)), _empty_messages("DLR")
    ),
    "GE": Metric("Generalized Entropy (GE)", _generalized_entropy, _CHECKS_ITSELF),
    "RD": Metric("Recall Difference (RD)", _facet_difference(A, _label_share(1)), _empty_messages("DLA")),
    "SD": Metric("Specificity Difference (SD)", _facet_difference(D, _label_share(0)), _empty_messages("DLA")),
    "TE": Metric("Treatment Equality (TE)", _facet_difference(D, _wrong_ways)),
}
