"""Tests how sentences of Model Monitor and Clarify become rows: column, check, expected, observed."""

from __future__ import annotations

from local_sagemaker.tools.service.violations import SENTENCES, describe_violation

import pytest

#: Check, sentence as the containers write it, expected and observed value: of violations that name a column.
COLUMNS = [
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
#: The same of violations that name a metric.
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


@pytest.mark.parametrize(
    ("check", "sentence", "values"), COLUMNS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_violation_of_a_column_becomes_a_row(check, sentence, values):
    row = describe_violation({"feature_name": "age", "constraint_check_type": check, "description": sentence})

    assert row == {"column": "age", "check": check, "expected": values[0], "observed": values[1]}


@pytest.mark.parametrize(
    ("check", "sentence", "values"), METRICS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_violation_of_a_metric_becomes_a_row(check, sentence, values):
    row = describe_violation({"metric_name": "mse", "constraint_check_type": check, "description": sentence})

    assert row == {"column": "mse", "check": check, "expected": values[0], "observed": values[1]}


def test_a_violation_of_a_facet_names_facet_value_and_metric():
    violation = {"facet": "sex", "facet_value": "F", "metric_name": "DPL", "constraint_check_type": "bias_drift_check"}

    assert describe_violation(violation | {"description": METRICS[2][1]})["column"] == "sex F DPL"


def test_every_check_is_tested_here():
    assert {check for check, _, _ in COLUMNS + METRICS} == SENTENCES.keys()


def test_an_unrecognised_sentence_is_passed_through():
    row = describe_violation({"feature_name": "age", "constraint_check_type": "new_check", "description": "It is odd."})

    assert row == {"column": "age", "check": "new_check", "expected": "", "observed": "It is odd."}
