"""Test the scripts of the endpoint's monitor with real models and captured records as AWS writes them."""

from __future__ import annotations

import csv
import json

import pytest

pytest.importorskip("xgboost")

from model_monitor.monitor_error import MonitorError
from pipelines.endpoint_monitor.baseline import baseline
from pipelines.endpoint_monitor.monitor import monitor
from pipelines.scripts.container import InputError

import model_versions
import numpy as np
from capture_files import capture, rows_of

WEIGHT, INFANT = 3, 8  # columns: whole_weight, sex_I


@pytest.fixture(scope="module")
def version(abalone_csv, tmp_path_factory):
    return model_versions.train_model(tmp_path_factory.mktemp("version") / "model", abalone_csv)


@pytest.fixture(scope="module")
def baseline_folder(version, tmp_path_factory):
    """Return the folder of the baseline."""
    folder = tmp_path_factory.mktemp("baseline")
    rows = len(rows_of(version, "test"))
    assert baseline(version.folder, version.file("test"), version.file("featurizer"), folder) == rows
    return folder


@pytest.fixture
def monitor_rows(version, baseline_folder, tmp_path):
    """Return a function that monitors an endpoint that captured these rows, and returns the report."""

    def run(rows, **capture_options):
        capture(tmp_path / "captured" / "2026" / "01" / "a.jsonl", version.booster, rows, **capture_options)
        return monitor(tmp_path / "captured", baseline_folder, tmp_path / "out")

    return run


def test_the_baseline_has_the_models_features_and_its_prediction(version, baseline_folder):
    constraints = json.loads(baseline_folder.joinpath("constraints.json").read_text())
    statistics = json.loads(baseline_folder.joinpath("statistics.json").read_text())
    names = [feature["name"] for feature in constraints["features"]]

    assert names[0] == "prediction"
    assert names[1:] == json.loads(version.file("featurizer/featurizer.json").read_text())["features"]
    predictions = version.booster.inplace_predict(rows_of(version, "test"))
    prediction_statistics = statistics["features"][0]["numerical_statistics"]
    assert prediction_statistics["mean"] == pytest.approx(float(predictions.mean()), rel=1e-5)


CAPTURE_FORMS = [{}, {"rows_per_request": 7}, {"rows_per_request": 7, "between": ","}, {"as_int": True}]


@pytest.mark.parametrize("capture_options", CAPTURE_FORMS)
def test_data_like_the_test_set_have_not_drifted(version, monitor_rows, tmp_path, capture_options):
    report = monitor_rows(rows_of(version, "validation"), **capture_options)

    assert report == {"rows": len(rows_of(version, "validation")), "violations": 0, "violated": "none"}
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    assert json.loads((tmp_path / "out" / "constraint_violations.json").read_text()) == {"violations": []}


def test_a_shift_is_reported_for_its_column_and_the_predictions(version, monitor_rows):
    rows = rows_of(version, "validation")
    rows[:, WEIGHT] += 1.0  # standard deviations

    assert set(monitor_rows(rows)["violated"].split(", ")) == {"whole_weight", "prediction"}


def test_a_shift_in_a_column_of_two_values_is_reported(version, monitor_rows):
    rows = rows_of(version, "train")

    report = monitor_rows(rows[rows[:, INFANT] == 1.0][:600])

    assert {"sex_I", "prediction"} <= set(report["violated"].split(", "))


def test_missing_values_are_missing(version, monitor_rows):
    rows = rows_of(version, "validation")
    rows[:100, 0] = np.nan

    assert "length" in monitor_rows(rows)["violated"]


NO_ANSWER = json.dumps({"captureData": {"endpointInput": {"data": "1", "encoding": "CSV"}}})


@pytest.mark.parametrize(
    ("text", "message"), [("{}", "a.jsonl, line 1: not a capture record"), (NO_ANSWER, "there is no endpointOutput")]
)
def test_an_invalid_record_is_reported_with_its_place(baseline_folder, tmp_path, text, message):
    (tmp_path / "captured").mkdir()
    (tmp_path / "captured" / "a.jsonl").write_text(text + "\n")

    with pytest.raises(MonitorError, match=message):
        monitor(tmp_path / "captured", baseline_folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


TEN_CELLS = ",".join("1" * 10)


@pytest.mark.parametrize(
    ("request_body", "response_body", "message"),
    [
        (f"{TEN_CELLS}\n{TEN_CELLS}", "1.5", "the request has 2 rows, but the answer has 1 numbers"),
        ("1,2,3", "1.5", "a row has 3 cells, but the model takes 10 features"),
        (TEN_CELLS, "many", "'many' is not a number; requests and answers have to be captured as CSV"),
    ],
)
def test_a_record_of_another_model_is_refused(baseline_folder, tmp_path, request_body, response_body, message):
    parts = {"endpointInput": request_body, "endpointOutput": response_body}
    data = {name: {"data": text, "encoding": "CSV"} for name, text in parts.items()}
    (tmp_path / "captured").mkdir()
    (tmp_path / "captured" / "a.jsonl").write_text(json.dumps({"captureData": data}) + "\n")

    with pytest.raises(InputError, match=message):
        monitor(tmp_path / "captured", baseline_folder, tmp_path / "out")


def test_a_test_set_of_another_model_is_refused(version, tmp_path):
    with tmp_path.joinpath("test.csv").open("w") as file:
        csv.writer(file).writerow([9.0, 1.0, 2.0])

    with pytest.raises(InputError, match="the test set has 2 features, the model 10, the featurizer 10"):
        baseline(version.folder, tmp_path / "test.csv", version.file("featurizer"), tmp_path / "out")
