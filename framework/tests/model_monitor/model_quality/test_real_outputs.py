"""Compare the documents with the files of AWS's own container for the same data."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from model_monitor import documents
from model_monitor.model_quality.analysis import analyse
from model_monitor.model_quality.attributes import Attributes
from model_monitor.result import CONSTRAINTS_FILE, STATISTICS_FILE
from model_monitor.tables.dataset import Dataset

import pytest

SMALL = Attributes("Regression", "Prediction", "Label")  # swapped, as in the SDK's test that it comes from


def test_a_small_baselines_files_equal_the_containers_bytes(shared_folder):
    real = shared_folder / "fixtures" / "model_quality_regression_small"

    result = analyse(Dataset(real / "baseline_dataset.csv", {"csv": {"header": True}}), SMALL, shape="2021")

    assert documents.text(result.documents[STATISTICS_FILE]) == (real / "statistics.json").read_text()
    assert documents.text(result.documents[CONSTRAINTS_FILE]) == (real / "constraints_good.json").read_text()


def test_only_the_edited_constraint_of_the_sdks_own_test_is_violated(shared_folder):
    real = shared_folder / "fixtures" / "model_quality_regression_small"
    dataset = Dataset(real / "baseline_dataset.csv", {"csv": {"header": True}})

    good, bad = (analyse(dataset, SMALL, real / f"constraints_{name}.json").violations for name in ("good", "bad"))

    assert good == []
    assert bad == [
        {
            "constraint_check_type": "GreaterThanThreshold",
            "description": "Metric mse with 0.33364933609800973 was GreaterThanThreshold '0.03364933609800973'",
            "metric_name": "mse",
        }
    ]


def test_a_larger_baselines_files_equal_the_containers_except_last_digits_and_random_parts(shared_folder):
    """How AWS added up these 15,644 rows is undocumented: 14 digits are equal, of r2 11."""
    real = shared_folder / "fixtures" / "model_quality_regression"
    dataset = Dataset(real / "predictions.csv", {"csv": {"header": False}})
    time = datetime(2025, 4, 14, 16, 13, 28, 726_000, UTC)

    result = analyse(dataset, Attributes("Regression", "_c0", "_c1"), now=time)

    expected = json.loads((real / "statistics.json").read_text())
    document = json.loads(documents.text(result.documents[STATISTICS_FILE]))
    assert list(document) == list(expected)
    assert document["dataset"] == expected["dataset"]
    metrics, expected_metrics = document["regression_metrics"], expected["regression_metrics"]
    assert list(metrics) == list(expected_metrics)
    for name, metric in metrics.items():
        assert metric["value"] == pytest.approx(expected_metrics[name]["value"], rel=1e-11 if name == "r2" else 1e-14)
        assert (
            1 / 3 < metric["standard_deviation"] / expected_metrics[name]["standard_deviation"] < 3
        )  # five random samples
    thresholds = json.loads((real / "constraints.json").read_text())["regression_constraints"]
    suggested = result.documents[CONSTRAINTS_FILE]["regression_constraints"]
    for name, constraint in thresholds.items():
        assert suggested[name]["comparison_operator"] == constraint["comparison_operator"]
        assert suggested[name]["threshold"] == pytest.approx(constraint["threshold"], rel=1e-11)
