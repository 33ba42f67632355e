"""How far a column's distribution is from the baseline's, as deequ computes it, and as it should be computed.

https://github.com/awslabs/deequ, Distance. ``compat`` is the analyzer to the digit, with its defect: deequ up to 3.0.2
keeps each distinct value of a sketch once, with the weight of its last copy, and forgets how often it occurred
(awslabs/deequ#392), so that columns with few distinct values hardly ever drift. ``exact`` counts every value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from model_monitor.accumulators.kll import weighted

import numpy as np

#: c(alpha) of the two-sample Kolmogorov-Smirnov test for alpha = 0.003. Knuth, The Art of Computer Programming, 3.3.1.
C_ALPHA = 1.8
#: Expected counts below which the chi-squared test is not to be trusted: with two categories, and with more of them, of
#: which a share may be below. Cochran (1952); Yates, Moore, McCabe (1999).
MIN_OF_TWO, MIN_OF_MORE, MAY_BE_BELOW = 10, 5, 0.2


class Cdf(NamedTuple):
    """Distinct values, ascending, and how many values are at most each; ``total`` of them all."""

    values: np.ndarray
    ranks: np.ndarray

    @property
    def total(self) -> float:
        """How many values there are."""
        return float(self.ranks[-1])

    def at(self, values: np.ndarray) -> np.ndarray:
        """The share of values that are at most each of these."""
        ranks = np.concatenate([[0], self.ranks])
        return ranks[np.searchsorted(self.values, values, side="right")] / self.total


def every_copy(levels: list[np.ndarray]) -> Cdf:
    """The distribution in a sketch."""
    items, weights = weighted(levels)
    values, inverse = np.unique(items, return_inverse=True)
    return Cdf(values, np.cumsum(np.bincount(inverse, weights)))


def last_copy(levels: list[np.ndarray]) -> Cdf:
    """The same with deequ's defect: of equal items only the last one, of the highest level, has its weight counted."""
    items, weights = weighted(levels)
    order = np.argsort(items, kind="stable")
    items, weights = items[order], weights[order]
    is_last = np.append(items[1:] != items[:-1], True)
    return Cdf(items[is_last], np.cumsum(weights[is_last]))


#: Method -> what makes a distribution of a sketch.
CDF: dict[str, Callable[[list[np.ndarray]], Cdf]] = {"compat": last_copy, "exact": every_copy}


def numerical(baseline: list[np.ndarray], current: list[np.ndarray], method: str, is_robust: bool) -> float:
    """The largest difference of the two distribution functions, in [0, 1].

    Args:
        baseline, current: the sketches' levels, level 0 first.
        method: compat or exact.
        is_robust: whether to take off what samples of such a size differ by through chance.
    """
    one, other = CDF[method](baseline), CDF[method](current)
    values = np.union1d(one.values, other.values)
    return _corrected(float(np.abs(one.at(values) - other.at(values)).max()), one.total, other.total, is_robust)


def l_infinity(baseline: Mapping[str, int], current: Mapping[str, int], is_robust: bool) -> float:
    """The largest difference of a category's shares, in [0, 1]."""
    n, m = float(sum(baseline.values())), float(sum(current.values()))
    distance = max(abs(baseline.get(c, 0) / n - current.get(c, 0) / m) for c in baseline.keys() | current.keys())
    return _corrected(distance, n, m, is_robust)


def chi_squared(baseline: Mapping[str, int], current: Mapping[str, int], is_robust: bool) -> float:
    """Pearson's test of the current counts against the baseline's shares: the p-value if robust, else the statistic.

    Categories that the baseline does not have are left out; NaN where fewer than two categories are left.
    """
    from scipy.stats import chi2

    total = sum(count for category, count in current.items() if category in baseline)
    unit = total / sum(baseline.values())
    expected, observed = _regrouped({c: n * unit for c, n in baseline.items()}, dict(current))
    if len(expected) < 2 or not total:
        return math.nan
    statistic = sum((observed.get(c, 0) - e) ** 2 / e for c, e in expected.items())
    return float(chi2.sf(statistic, len(expected) - 1)) if is_robust else statistic


#: monitoring_config's categorical_drift_method -> the distance.
CATEGORICAL: dict[str, Callable[[Mapping[str, int], Mapping[str, int], bool], float]] = {
    "LInfinity": l_infinity,
    "ChiSquared": chi_squared,
}


def _corrected(distance: float, n: float, m: float, is_robust: bool) -> float:
    return max(0.0, distance - C_ALPHA * math.sqrt((n + m) / (n * m))) if is_robust else distance


def _regrouped(expected: dict[str, float], observed: dict[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """The smallest category goes into the next larger one until enough are large enough."""
    while len(expected) >= 2:
        limit, allowed = (MIN_OF_TWO, 0) if len(expected) == 2 else (MIN_OF_MORE, int(MAY_BE_BELOW * len(expected)))
        if sum(count < limit for count in expected.values()) <= allowed:
            break
        smallest, second = sorted(expected, key=lambda category: (expected[category], category))[:2]
        expected[second] += expected.pop(smallest)
        observed[second] = observed.get(second, 0) + observed.pop(smallest, 0)
    return expected, observed
