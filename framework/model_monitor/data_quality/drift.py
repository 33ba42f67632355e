"""Measure how far a column's distribution is from the baseline's: as deequ does, or exactly.

https://github.com/awslabs/deequ, Distance. ``compat`` is the analyzer's result to the digit, with its defect: deequ up
to 3.0.2 keeps each distinct value of a sketch once, with the weight of its last copy, and ignores how often it occurred
(awslabs/deequ#392), so that columns with few distinct values rarely drift. ``exact`` counts every value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from model_monitor.accumulators.kll import weighted_items

import numpy as np

#: c(alpha) of the two-sample Kolmogorov-Smirnov test for alpha = 0.003. Knuth, The Art of Computer Programming, 3.3.1.
C_ALPHA = 1.8
#: Expected counts below which the chi-squared test is unreliable: with two categories, and with more, of which a share
#: may be below. Cochran (1952); Yates, Moore, McCabe (1999).
MIN_COUNT_OF_TWO, MIN_COUNT_OF_MORE, MAX_SHARE_BELOW = 10, 5, 0.2


class Cdf(NamedTuple):
    """A distribution, which consists of distinct values, ascending, and the number of values that are at most each."""

    values: np.ndarray
    ranks: np.ndarray

    @property
    def total(self) -> float:
        """The total number of values."""
        return float(self.ranks[-1])

    def at(self, values: np.ndarray) -> np.ndarray:
        """Return the share of values that are at most each of these."""
        ranks = np.concatenate([[0], self.ranks])
        return ranks[np.searchsorted(self.values, values, side="right")] / self.total


def exact_cdf(levels: list[np.ndarray]) -> Cdf:
    """Return the distribution in a sketch."""
    items, weights = weighted_items(levels)
    values, inverse = np.unique(items, return_inverse=True)
    return Cdf(values, np.cumsum(np.bincount(inverse, weights)))


def compat_cdf(levels: list[np.ndarray]) -> Cdf:
    """Return the distribution with deequ's defect: of equal items only the last, of the highest level, has a weight."""
    items, weights = weighted_items(levels)
    order = np.argsort(items, kind="stable")
    items, weights = items[order], weights[order]
    is_last = np.append(items[1:] != items[:-1], True)
    return Cdf(items[is_last], np.cumsum(weights[is_last]))


#: Method -> the function that returns the distribution in a sketch.
CDF_BY_METHOD: dict[str, Callable[[list[np.ndarray]], Cdf]] = {"compat": compat_cdf, "exact": exact_cdf}


def numerical_distance(baseline: list[np.ndarray], current: list[np.ndarray], method: str, is_robust: bool) -> float:
    """Return the largest difference of the two distribution functions, in [0, 1].

    Args:
        baseline, current: the sketches' levels, level 0 first.
        method: compat or exact.
        is_robust: whether to subtract the difference that samples of this size may have by chance.
    """
    before, after = CDF_BY_METHOD[method](baseline), CDF_BY_METHOD[method](current)
    values = np.union1d(before.values, after.values)
    return _subtract_chance(
        float(np.abs(before.at(values) - after.at(values)).max()), before.total, after.total, is_robust
    )


def l_infinity(baseline: Mapping[str, int], current: Mapping[str, int], is_robust: bool) -> float:
    """Return the largest difference of a category's shares, in [0, 1]."""
    n, m = float(sum(baseline.values())), float(sum(current.values()))
    distance = max(abs(baseline.get(c, 0) / n - current.get(c, 0) / m) for c in baseline.keys() | current.keys())
    return _subtract_chance(distance, n, m, is_robust)


def chi_squared(baseline: Mapping[str, int], current: Mapping[str, int], is_robust: bool) -> float:
    """Test the current counts against the baseline's shares; return the p-value if robust, else Pearson's statistic.

    Categories that the baseline lacks are skipped; the result is NaN if fewer than two categories remain.
    """
    from scipy.stats import chi2

    total = sum(count for category, count in current.items() if category in baseline)
    unit = total / sum(baseline.values())
    expected, observed = _merge_small_categories({c: n * unit for c, n in baseline.items()}, dict(current))
    if len(expected) < 2 or not total:
        return math.nan
    statistic = sum((observed.get(c, 0) - e) ** 2 / e for c, e in expected.items())
    return float(chi2.sf(statistic, len(expected) - 1)) if is_robust else statistic


#: monitoring_config's categorical_drift_method -> the function that returns the distance.
CATEGORICAL_DISTANCES: dict[str, Callable[[Mapping[str, int], Mapping[str, int], bool], float]] = {
    "LInfinity": l_infinity,
    "ChiSquared": chi_squared,
}


def _subtract_chance(distance: float, n: float, m: float, is_robust: bool) -> float:
    return max(0.0, distance - C_ALPHA * math.sqrt((n + m) / (n * m))) if is_robust else distance


def _merge_small_categories(
    expected: dict[str, float], observed: dict[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Merge the smallest category into the next larger one until enough are large enough."""
    while len(expected) >= 2:
        limit, allowed = (
            (MIN_COUNT_OF_TWO, 0) if len(expected) == 2 else (MIN_COUNT_OF_MORE, int(MAX_SHARE_BELOW * len(expected)))
        )
        if sum(count < limit for count in expected.values()) <= allowed:
            break
        smallest, second = sorted(expected, key=lambda category: (expected[category], category))[:2]
        expected[second] += expected.pop(smallest)
        observed[second] = observed.get(second, 0) + observed.pop(smallest, 0)
    return expected, observed
