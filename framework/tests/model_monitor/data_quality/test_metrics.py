"""Test the metrics of a monitored dataset, and which of them CloudWatch would reject."""

from __future__ import annotations

from model_monitor.data_quality.analysis import analyse
from model_monitor.data_quality.metrics import metric_data

import pytest

ROWS = [f"{number},{'even' if number % 2 == 0 else 'odd'}" for number in range(100)]


@pytest.fixture
def metrics(csv, baseline_of):
    """Return the metrics of rows against a baseline of ``ROWS``, by name; ``edit`` changes its constraints first."""

    def run(rows, edit=lambda constraints: None):
        baseline = baseline_of(csv(csv_text(ROWS)), edit)
        result = analyse(csv(csv_text(rows)), baseline)
        return {
            metric["MetricName"]: metric for metric in metric_data(result, baseline, {"MonitoringSchedule": "nightly"})
        }

    return run


def csv_text(rows):
    return "\n".join(["n,kind", *rows]) + "\n"


def test_a_number_has_three_metrics_and_a_string_two(metrics):
    reported = metrics(["5,even", ",odd", "7,odd"])

    assert reported["feature_data_n"]["StatisticValues"] == {
        "SampleCount": 2,
        "Sum": 12.0,
        "Minimum": 5.0,
        "Maximum": 7.0,
    }
    assert {name: reported[name]["Value"] for name in ("feature_non_null_n", "feature_non_null_kind")} == {
        "feature_non_null_n": 2,
        "feature_non_null_kind": 3,
    }
    assert reported["feature_baseline_drift_n"]["Value"] >= 0
    assert reported.keys() == {
        "feature_data_n", "feature_non_null_n", "feature_baseline_drift_n",
        "feature_non_null_kind", "feature_baseline_drift_kind",
    }  # fmt: skip
    assert reported["feature_data_n"]["Dimensions"] == [{"Name": "MonitoringSchedule", "Value": "nightly"}]


def test_the_drift_is_the_distance_that_a_violation_names(metrics):
    reported = metrics([f"{number},even" for number in range(200, 300)])

    assert reported["feature_baseline_drift_n"]["Value"] > 0.5
    assert reported["feature_baseline_drift_kind"]["Value"] > 0.1


def test_a_feature_whose_metrics_are_disabled_has_none(metrics):
    def disable(constraints):
        constraints["features"][0]["monitoring_config_overrides"] = {"emit_metrics": "Disabled"}

    assert not any(name.endswith("_n") for name in metrics(ROWS, disable))


def test_a_column_that_is_not_compared_has_no_drift(metrics):
    def disable(constraints):
        constraints["monitoring_config"]["distribution_constraints"]["perform_comparison"] = "Disabled"

    assert "feature_baseline_drift_n" not in metrics(ROWS, disable)


def test_a_number_that_cloudwatch_rejects_is_skipped(metrics):
    reported = metrics(["1e200,odd", "2,even"])

    assert "feature_data_n" not in reported
    assert "feature_non_null_n" in reported
