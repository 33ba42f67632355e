"""The sentences of Model Monitor and Clarify as rows: column, check, expected, observed."""

from __future__ import annotations

from local_sagemaker.tools.service.violations import SENTENCES, describe_violation

import pytest

#: Check -> a violation as the containers write it, and what of it is told.
WRITTEN = [
    (
        "data_type_check",
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        "Observed: Only 99.58289885297185% of data is Integral.",
        ("100.0% Integral", "99.58289885297185% Integral"),
    ),
    (
        "completeness_check",
        "Data completeness requirement is not met. Expected: 100.0%. Observed: Only 0.8919722497522299%.",
        ("100.0% present", "0.8919722497522299% present"),
    ),
    (
        "categorical_values_check",
        "Value: 0.009009009009009009 does not meet the constraint requirement! ",
        ("the baseline's values", "a share of 0.009009009009009009"),
    ),
    (
        "categorical_values_check",
        "Categorical values requirement is not met. Expected match: 100.0%. Observed: Only 98.5% of data is among the "
        "baseline's values.",
        ("100.0% of the baseline's values", "98.5% of them"),
    ),
    (
        "baseline_drift_check",
        "Baseline drift distance: 0.17354640931273702 exceeds threshold: 0.1",
        ("at most 0.1", "0.17354640931273702"),
    ),
    (
        "baseline_drift_check",
        "Baseline drift p-value: 0.001 is below threshold: 0.05",
        ("at least 0.05 (p-value)", "0.001"),
    ),
    (
        "missing_column_check",
        "There are missing columns in current dataset. Number of columns in current dataset: 7, Number of columns in "
        "baseline constraints: 21",
        ("21 columns", "7 columns"),
    ),
    (
        "extra_column_check",
        "There are extra columns in current dataset. Number of columns in current dataset: 14, Number of columns in "
        "baseline constraints: 13",
        ("13 columns", "14 columns"),
    ),
]
METRICS = [
    (
        "LessThanThreshold",
        "Metric auc with 0.515453080147537 +/- 8.080858763541535E-4 was LessThanThreshold '0.9395127993393898'",
        ("at least 0.9395127993393898", "0.515453080147537"),
    ),
    (
        "GreaterThanThreshold",
        "Metric mse with 31.5 was GreaterThanThreshold '4.9'",
        ("at most 4.9", "31.5"),
    ),
    (
        "bias_drift_check",
        "Metric value -0.34693877551020413 doesn't meet the baseline constraint requirement -0.09508196721311479",
        ("no further from 0 than -0.09508196721311479", "-0.34693877551020413"),
    ),
    (
        "feature_attribution_drift_check",
        "Feature attribution drift 0.7639720923277322 exceeds threshold 0.9",
        ("an nDCG of at least 0.9", "0.7639720923277322"),
    ),
]


@pytest.mark.parametrize(("check", "words", "row"), WRITTEN, ids=lambda value: value if isinstance(value, str) else "")
def test_of_a_column(check, words, row):
    found = describe_violation({"feature_name": "age", "constraint_check_type": check, "description": words})

    assert found == {"column": "age", "check": check, "expected": row[0], "observed": row[1]}


@pytest.mark.parametrize(("check", "words", "row"), METRICS, ids=lambda value: value if isinstance(value, str) else "")
def test_of_a_metric(check, words, row):
    found = describe_violation({"metric_name": "mse", "constraint_check_type": check, "description": words})

    assert found == {"column": "mse", "check": check, "expected": row[0], "observed": row[1]}


def test_of_a_facet():
    violation = {"facet": "sex", "facet_value": "F", "metric_name": "DPL", "constraint_check_type": "bias_drift_check"}

    assert describe_violation(violation | {"description": METRICS[2][1]})["column"] == "sex F DPL"


def test_every_check_has_a_sentence_here():
    assert {check for check, _, _ in WRITTEN + METRICS} == SENTENCES.keys()


def test_words_that_are_not_known_are_told_as_they_are():
    found = describe_violation(
        {"feature_name": "age", "constraint_check_type": "new_check", "description": "It is odd."}
    )

    assert found == {"column": "age", "check": "new_check", "expected": "", "observed": "It is odd."}
