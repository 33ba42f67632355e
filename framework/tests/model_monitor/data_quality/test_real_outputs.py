"""The files of AWS's own container, from the data that it had: byte for byte where its order is fixed."""

from __future__ import annotations

import json

from model_monitor import documents
from model_monitor.data_quality.analysis import CONSTRAINTS, STATISTICS, VIOLATIONS, analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.category_order import in_order
from model_monitor.tables.dataset import Dataset

import pytest

#: The order in which AWS listed the categories of one column.
STATES = """
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
def test_a_baselines_files_are_the_containers_bytes(shared, folder, data, header, constraints):
    real = shared / "fixtures" / folder

    result = analyse(Dataset(real / data, {"csv": {"header": header}}), shape="2021")

    assert documents.text(result.documents[STATISTICS]) == (real / "statistics.json").read_text()
    assert documents.text(result.documents[CONSTRAINTS]) == (real / constraints).read_text()


def test_what_the_endpoint_of_a_model_was_sent_has_the_containers_violations_and_file_sizes(shared, tmp_path):
    real = shared / "fixtures" / "data_quality_boston"
    baseline = Baseline.load(real / "constraints.json", real / "statistics.json")

    result = analyse(Dataset(real / "current_dataset.csv", {"csv": {"header": False}}), baseline, shape="2021")
    result.write(tmp_path)

    expected = json.loads((real / "constraint_violations.json").read_text())["violations"]
    assert as_set(result.violations) == as_set(expected)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes == {STATISTICS: 22_162, CONSTRAINTS: 2_356, VIOLATIONS: 996}
    assert result.message == "CompletedWithViolations: Job completed successfully with 4 violations."


def test_a_captured_record_is_the_row_that_the_container_saw(shared):
    real = shared / "fixtures" / "data_quality_boston"
    baseline = Baseline.load(real / "constraints.json", real / "statistics.json")

    captured = analyse(Dataset(real / "capture_sample.jsonl", {"sagemakerCaptureJson": {}}), baseline)

    assert captured.columns == 13
    violated = {(v["feature_name"], v["constraint_check_type"]) for v in captured.violations}
    assert {("tax", "data_type_check"), ("nox", "data_type_check"), ("rad", "data_type_check")} <= violated


def test_the_edited_constraints_of_the_sdks_own_test_are_violated(shared):
    real = shared / "fixtures" / "data_quality_small"
    baseline = Baseline.load(real / "constraints_bad.json", real / "statistics.json")

    result = analyse(Dataset(real / "baseline_dataset.csv", {"csv": {"header": False}}), baseline, shape="2021")

    assert {(v["feature_name"], v["constraint_check_type"]) for v in result.violations} == {("_c5", "data_type_check")}


def test_categories_are_in_the_order_that_aws_listed_them():
    assert len(STATES) == 54
    assert in_order("state", sorted(STATES)) == STATES


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [  # of Scala 2.12's own maps
        ("sex", "ab", "ba"),
        ("sex", "FIM", "MIF"),
        ("sex", "wxyz", "wzyx"),
    ],
)
def test_up_to_four_categories_are_ordered_with_their_columns_name(column, values, expected):
    assert in_order(column, values) == list(expected)


def test_columns_with_blanks_are_incomplete_and_no_other(shared, baseline_of):
    complete = Dataset(shared / "data" / "churn-prediction-input.csv", {"csv": {"header": False}})
    missing = Dataset(shared / "data" / "churn-prediction-input-missing.csv", {"csv": {"header": False}})
    rows = [line.split(",") for line in missing.source.read_text().splitlines()]
    blank = {f"_c{n}" for n in range(len(rows[0])) if any(row[n] == "" for row in rows)}

    result = analyse(missing, baseline_of(complete))

    assert blank
    assert {v["feature_name"] for v in result.violations if v["constraint_check_type"] == "completeness_check"} == blank
