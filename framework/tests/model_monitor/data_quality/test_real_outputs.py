"""Compare the documents with those of AWS's own container: byte for byte if their order is fixed."""

from __future__ import annotations

import json

from model_monitor import documents
from model_monitor.data_quality.analysis import CONSTRAINTS_FILE, STATISTICS_FILE, VIOLATIONS_FILE, analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.category_order import order_categories
from model_monitor.tables.dataset import Dataset

import pytest

#: The order in which AWS listed the categories of a column.
STATE_NAMES = """
New Mexico,Connecticut,California,Nevada,Hawaii,Washington,Florida,South Carolina,Virgin Islands,Montana,Delaware,
Arkansas,Alaska,Texas,Tennessee,Puerto Rico,Minnesota,Utah,Georgia,Missouri,South Dakota,Wisconsin,Maine,Oklahoma,
North Dakota,Pennsylvania,Nebraska,North Carolina,Virginia,Massachusetts,Alabama,Mississippi,New York,Indiana,
New Hampshire,Kentucky,Ohio,Illinois,Wyoming,New Jersey,Vermont,West Virginia,Kansas,Maryland,Unknown,Iowa,Arizona,
Louisiana,Rhode Island,Colorado,Michigan,Oregon,Idaho,District of Columbia
""".replace("\n", "").split(",")


def as_set(violations):
    return {tuple(violation.items()) for violation in violations}


@pytest.mark.parametrize(
    ("folder", "data", "header", "constraints"),
    [
        ("data_quality_boston", "housing.csv", True, "constraints.json"),
        ("data_quality_small", "baseline_dataset.csv", False, "constraints_good.json"),
    ],
)
def test_a_baselines_files_equal_the_containers_bytes(shared_folder, folder, data, header, constraints):
    real = shared_folder / "fixtures" / folder

    result = analyse(Dataset(real / data, {"csv": {"header": header}}), shape="2021")

    assert documents.text(result.documents[STATISTICS_FILE]) == (real / "statistics.json").read_text()
    assert documents.text(result.documents[CONSTRAINTS_FILE]) == (real / constraints).read_text()


def test_requests_to_an_endpoint_have_the_containers_violations_and_file_sizes(shared_folder, tmp_path):
    real = shared_folder / "fixtures" / "data_quality_boston"
    baseline = Baseline.load(real / "constraints.json", real / "statistics.json")

    result = analyse(Dataset(real / "current_dataset.csv", {"csv": {"header": False}}), baseline, shape="2021")
    result.write(tmp_path)

    expected = json.loads((real / "constraint_violations.json").read_text())["violations"]
    assert as_set(result.violations) == as_set(expected)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes == {STATISTICS_FILE: 22_162, CONSTRAINTS_FILE: 2_356, VIOLATIONS_FILE: 996}
    assert result.message == "CompletedWithViolations: Job completed successfully with 4 violations."


def test_a_captured_record_is_the_row_that_the_container_read(shared_folder):
    real = shared_folder / "fixtures" / "data_quality_boston"
    baseline = Baseline.load(real / "constraints.json", real / "statistics.json")

    captured = analyse(Dataset(real / "capture_sample.jsonl", {"sagemakerCaptureJson": {}}), baseline)

    assert captured.columns == 13
    violated = {(v["feature_name"], v["constraint_check_type"]) for v in captured.violations}
    assert {("tax", "data_type_check"), ("nox", "data_type_check"), ("rad", "data_type_check")} <= violated


def test_the_edited_constraints_of_the_sdks_own_test_are_violated(shared_folder):
    real = shared_folder / "fixtures" / "data_quality_small"
    baseline = Baseline.load(real / "constraints_bad.json", real / "statistics.json")

    result = analyse(Dataset(real / "baseline_dataset.csv", {"csv": {"header": False}}), baseline, shape="2021")

    assert {(v["feature_name"], v["constraint_check_type"]) for v in result.violations} == {("_c5", "data_type_check")}


def test_categories_are_in_the_order_that_aws_listed_them():
    assert len(STATE_NAMES) == 54
    assert order_categories("state", sorted(STATE_NAMES)) == STATE_NAMES


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [  # taken from Scala 2.12's own maps
        ("sex", "ab", "ba"),
        ("sex", "FIM", "MIF"),
        ("sex", "wxyz", "wzyx"),
    ],
)
def test_up_to_four_categories_are_ordered_with_their_columns_name(column, values, expected):
    assert order_categories(column, values) == list(expected)


def test_only_columns_with_blanks_are_incomplete(shared_folder, baseline_of):
    complete = Dataset(shared_folder / "data" / "churn-prediction-input.csv", {"csv": {"header": False}})
    missing = Dataset(shared_folder / "data" / "churn-prediction-input-missing.csv", {"csv": {"header": False}})
    rows = [line.split(",") for line in missing.source.read_text().splitlines()]
    blank = {f"_c{n}" for n in range(len(rows[0])) if any(row[n] == "" for row in rows)}

    result = analyse(missing, baseline_of(complete))

    assert blank
    assert {v["feature_name"] for v in result.violations if v["constraint_check_type"] == "completeness_check"} == blank
