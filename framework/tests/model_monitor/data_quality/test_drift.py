"""Compare distances of distributions with SciPy's, and with results worked out by hand."""

from __future__ import annotations

import math

from model_monitor.data_quality.drift import chi_squared, l_infinity, numerical_distance

import numpy as np
import pytest
from scipy import stats


def test_the_exact_distance_is_that_of_kolmogorov_and_smirnov():
    rng = np.random.default_rng(0)
    baseline, current = rng.normal(size=1500), rng.normal(0.3, 1.2, size=900)

    assert numerical_distance([baseline], [current], "exact", False) == pytest.approx(
        stats.ks_2samp(baseline, current).statistic, abs=1e-12
    )


def test_both_methods_weight_levels_and_only_the_exact_one_counts_copies():
    baseline = [np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0])]  # 1, 2, 3 and twice each 2, 4
    current = [np.array([1.0, 1.0, 1.0, 4.0])]

    assert numerical_distance(baseline, current, "exact", False) == pytest.approx(3 / 4 - 1 / 7)
    # compat: 1, 2 (weight 2, its last copy), 3, 4 (weight 2) are 6 values; 1 and 4 are two.
    assert numerical_distance(baseline, current, "compat", False) == pytest.approx(max(1 / 2 - 1 / 6, 4 / 6 - 1 / 2))


def test_robust_subtracts_what_chance_may_cause():
    baseline, current = [np.arange(500.0)], [np.arange(500.0) + 100]

    simple = numerical_distance(baseline, current, "compat", False)
    robust = numerical_distance(baseline, current, "compat", True)

    assert simple == pytest.approx(0.2)
    assert robust == pytest.approx(0.2 - 1.8 * math.sqrt(1000 / 250_000))


def test_nothing_can_drift_in_two_rows():
    assert numerical_distance([np.arange(500.0)], [np.array([1e6, 2e6])], "compat", True) == 0.0


def test_shares_of_categories():
    assert l_infinity({"a": 50, "b": 50}, {"a": 10, "c": 10}, False) == pytest.approx(0.5)
    assert l_infinity({"a": 50, "b": 50}, {"a": 10, "c": 10}, True) == pytest.approx(0.5 - 1.8 * math.sqrt(120 / 2000))


def test_chi_squared_is_scipys():
    baseline, current = {"a": 400, "b": 300, "c": 300}, {"a": 60, "b": 20, "c": 20, "new": 9}
    expected = stats.chisquare([60, 20, 20], [40, 30, 30])

    assert chi_squared(baseline, current, True) == pytest.approx(expected.pvalue)
    assert chi_squared(baseline, current, False) == pytest.approx(expected.statistic)


def test_small_categories_are_merged_into_the_next_larger_ones():
    baseline = {"a": 480, "b": 500, "c": 10, "d": 5, "e": 5}
    current = {"a": 50, "b": 40, "c": 6, "d": 3, "e": 1}
    # expected 48, 50, 1, 0.5, 0.5: three of five are below 5, so e and d are merged into c, which alone stays below.
    expected = stats.chisquare([50, 40, 10], [48, 50, 2])

    assert chi_squared(baseline, current, False) != pytest.approx(expected.statistic)
    merged = stats.chisquare([60, 40], [50, 50])  # two of three would be too many: c is merged into a
    assert chi_squared(baseline, current, False) == pytest.approx(merged.statistic)


def test_a_single_category_cannot_be_tested():
    assert math.isnan(chi_squared({"a": 10}, {"a": 10}, True))
    assert math.isnan(chi_squared({"a": 10, "b": 10}, {"new": 10}, True))
