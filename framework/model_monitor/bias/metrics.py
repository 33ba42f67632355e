"""The bias metrics of SageMaker Clarify: formulas on counts, each with Clarify's name and description.

a is the advantaged part of the rows, d the other, whose facet has the value that was named. y is the label, p what was
predicted; 1 is the positive outcome. The formulas: https://arxiv.org/abs/2109.03285 (section 4 and its appendix), and
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html
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
    """Raised by a metric that these rows do not define; the message, in Clarify's words, stands in its place."""


@dataclass(frozen=True)
class Counts:
    """How many rows there are, by facet (a, d), label (0, 1) and prediction (0, 1): shape (2, 2, 2).

    ``groups`` are the same of each value of the group variable, in its order; None where no variable was named.
    """

    rows: np.ndarray
    groups: Sequence[np.ndarray] | None = None

    def n(self, facet: int, label: int | None = None, predicted: int | None = None) -> int:
        """Rows of a or d, of all or with that label and prediction."""
        wanted = tuple(slice(None) if index is None else index for index in (facet, label, predicted))
        return int(self.rows[wanted].sum())


class Metric(NamedTuple):
    """One metric: what it is called, and how it is computed. ``empty`` are the words for no rows in a, and in d."""

    description: str
    value: Callable[[Counts], float]
    empty: tuple[str, str] | None = ("Negated Facet set is empty", "Facet set is empty")

    def result(self, name: str, counts: Counts) -> dict[str, Any]:
        """The metric as analysis.json has it: with its value, or with null and the error."""
        try:
            self._check(counts)
            return {"name": name, "description": self.description, "value": _written(self.value(counts))}
        except MetricError as error:
            return {"name": name, "description": self.description, "value": None, "error": str(error)}

    def _check(self, counts: Counts) -> None:
        for facet in (A, D) if self.empty else ():
            if self.empty and not counts.n(facet):
                raise MetricError(self.empty[facet])


def divide(above: float, below: float) -> float:
    """A quotient as Clarify has it: 0/0 is 0, anything else by 0 is infinite."""
    if below:
        return above / below
    return 0.0 if not above else math.copysign(math.inf, above)


def difference(one: float, other: float) -> float:
    """As Clarify has it: of two that are infinite it is 0."""
    return 0.0 if one == other else one - other


def _written(value: float) -> float | str:
    return str(value).replace("inf", "Infinity") if math.isinf(value) else value


def _class_imbalance(c: Counts) -> float:
    return (c.n(A) - c.n(D)) / (c.n(A) + c.n(D))


def _difference_in_labels(c: Counts) -> float:
    return c.n(A, 1) / c.n(A) - c.n(D, 1) / c.n(D)


def _distributions(c: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the labels in a and in d, of those labels that both have."""
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
    """Of labels (axis 1) or predictions (axis 2): d's share of the rejected less that of the accepted, by group."""

    def by_facet(rows: np.ndarray) -> np.ndarray:
        return rows.sum(axis=3 - axis)  # what is left are facet and outcome

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


def _of_both(one: int, share: Callable[[Counts, int], float]) -> Callable[[Counts], float]:
    """What ``share`` is for ``one`` of a and d, less what it is for the other."""
    return lambda c: difference(share(c, one), share(c, 1 - one))


def _accuracy(c: Counts, facet: int) -> float:
    return divide(c.n(facet, 1, 1) + c.n(facet, 0, 0), c.n(facet))


def _label_share(outcome: int) -> Callable[[Counts, int], float]:
    """Of those with that outcome as label, the predicted ones: recall for 1, specificity for 0."""
    return lambda c, facet: divide(c.n(facet, outcome, outcome), c.n(facet, outcome))


def _predicted_share(outcome: int) -> Callable[[Counts, int], float]:
    """Of those for which that outcome is predicted, the right ones: acceptance rate for 1, rejection rate for 0."""
    return lambda c, facet: divide(c.n(facet, outcome, outcome), c.n(facet, None, outcome))


def _conditional(outcome: int) -> Callable[[Counts, int], float]:
    """Rows with that label by rows with that prediction."""
    return lambda c, facet: divide(c.n(facet, outcome), c.n(facet, None, outcome))


def _wrong_ways(c: Counts, facet: int) -> float:
    return divide(c.n(facet, 1, 0), c.n(facet, 0, 1))


def _generalized_entropy(c: Counts) -> float:
    """With alpha 2, on the benefit p - y + 1 of each row."""
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

_OWN_CHECK = None
_PREFIXED = ("{0}: Negated Facet set is empty", "{0}: Facet set is empty")


def _prefixed(name: str) -> tuple[str, str]:
    return _PREFIXED[0].format(name), _PREFIXED[1].format(name)


PRE_TRAINING = {
    "CDDL": Metric("Conditional Demographic Disparity in Labels (CDDL)", _demographic_disparity(1), _OWN_CHECK),
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
    "JS": Metric("Jensen-Shannon Divergence (JS)", _jensen_shannon, _OWN_CHECK),
    "KL": Metric("Kullback-Liebler Divergence (KL)", _kullback_leibler, _OWN_CHECK),
    "KS": Metric("Kolmogorov-Smirnov Distance (KS)", _norm(np.inf), _OWN_CHECK),
    "LP": Metric("L-p Norm (LP)", _norm(2), _OWN_CHECK),
    "TVD": Metric("Total Variation Distance (TVD)", _total_variation, _OWN_CHECK),
}

#: FT, the flip test, needs the rows themselves: see ``flip_test``.
POST_TRAINING = {
    "AD": Metric("Accuracy Difference (AD)", _of_both(A, _accuracy)),
    "CDDPL": Metric(
        "Conditional Demographic Disparity in Predicted Labels (CDDPL)", _demographic_disparity(2), _OWN_CHECK
    ),
    "DAR": Metric("Difference in Acceptance Rates (DAR)", _of_both(A, _predicted_share(1)), _prefixed("DLR")),
    "DCA": Metric("Difference in Conditional Acceptance (DCA)", _of_both(A, _conditional(1)), _prefixed("DCO")),
    "DCR": Metric("Difference in Conditional Rejection (DCR)", _of_both(D, _conditional(0)), _prefixed("DCO")),
    "DI": Metric("Disparate Impact (DI)", _disparate_impact, ("Negated facet set is empty", "Facet set is empty")),
    "DPPL": Metric(
        "Difference in Positive Proportions in Predicted Labels (DPPL)",
        _difference_in_predictions,
        ("Negative facet set is empty.", "Facet set is empty."),
    ),
    "DRR": Metric("Difference in Rejection Rates (DRR)", _of_both(D, _predicted_share(0)), _prefixed("DLR")),
    "GE": Metric("Generalized Entropy (GE)", _generalized_entropy, _OWN_CHECK),
    "RD": Metric("Recall Difference (RD)", _of_both(A, _label_share(1)), _prefixed("DLA")),
    "SD": Metric("Specificity Difference (SD)", _of_both(D, _label_share(0)), _prefixed("DLA")),
    "TE": Metric("Treatment Equality (TE)", _of_both(D, _wrong_ways)),
}
