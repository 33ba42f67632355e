"""The scripts of the endpoint's monitor: real models, captured records as AWS writes them."""

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
def compared(version, tmp_path_factory):
    """The folder of the baseline."""
    folder = tmp_path_factory.mktemp("baseline")
    rows = len(rows_of(version, "test"))
    assert baseline(version.folder, version.file("test"), version.file("featurizer"), folder) == rows
    return folder


@pytest.fixture
def look(version, compared, tmp_path):
    """Monitor what an endpoint has captured of these rows; the report."""

    def run(rows, **spelt):
        capture(tmp_path / "captured" / "2026" / "01" / "a.jsonl", version.booster, rows, **spelt)
        return monitor(tmp_path / "captured", compared, tmp_path / "out")

    return run


def test_the_baseline_names_what_the_model_receives_and_answers(version, compared):
    constraints = json.loads(compared.joinpath("constraints.json").read_text())
    statistics = json.loads(compared.joinpath("statistics.json").read_text())
    names = [feature["name"] for feature in constraints["features"]]

    assert names[0] == "prediction"
    assert names[1:] == json.loads(version.file("featurizer/featurizer.json").read_text())["features"]
    predictions = version.booster.inplace_predict(rows_of(version, "test"))
    found = statistics["features"][0]["numerical_statistics"]
    assert found["mean"] == pytest.approx(float(predictions.mean()), rel=1e-5)


SPELT = [{}, {"rows_per_request": 7}, {"rows_per_request": 7, "between": ","}, {"as_int": True}]


@pytest.mark.parametrize("spelt", SPELT)
def test_data_like_those_of_the_test_set_have_not_drifted(version, look, tmp_path, spelt):
    report = look(rows_of(version, "validation"), **spelt)

    assert report == {"rows": len(rows_of(version, "validation")), "violations": 0, "violated": "none"}
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    assert json.loads((tmp_path / "out" / "constraint_violations.json").read_text()) == {"violations": []}


def test_a_shift_is_told_of_its_column_and_of_the_predictions(version, look):
    rows = rows_of(version, "validation")
    rows[:, WEIGHT] += 1.0  # standard deviations

    assert set(look(rows)["violated"].split(", ")) == {"whole_weight", "prediction"}


def test_other_kinds_of_animals_are_told_by_a_column_of_two_values(version, look):
    rows = rows_of(version, "train")

    report = look(rows[rows[:, INFANT] == 1.0][:600])

    assert {"sex_I", "prediction"} <= set(report["violated"].split(", "))


def test_missing_values_are_missing(version, look):
    rows = rows_of(version, "validation")
    rows[:100, 0] = np.nan

    assert "length" in look(rows)["violated"]


NO_ANSWER = json.dumps({"captureData": {"endpointInput": {"data": "1", "encoding": "CSV"}}})


@pytest.mark.parametrize(
    ("text", "said"), [("{}", "a.jsonl, line 1: no capture record"), (NO_ANSWER, "there is no endpointOutput")]
)
def test_what_is_no_record_is_told_with_its_place(compared, tmp_path, text, said):
    (tmp_path / "captured").mkdir()
    (tmp_path / "captured" / "a.jsonl").write_text(text + "\n")

    with pytest.raises(MonitorError, match=said):
        monitor(tmp_path / "captured", compared, tmp_path / "out")
    assert not (tmp_path / "out").exists()


TEN = ",".join("1" * 10)


@pytest.mark.parametrize(
    ("asked", "answered", "said"),
    [
        (f"{TEN}\n{TEN}", "1.5", "2 rows were asked for, and 1 numbers answered"),
        ("1,2,3", "1.5", "a row of 3 cells, where the model takes 10 features"),
        (TEN, "many", "'many' is no number; requests and answers have to be captured as CSV"),
    ],
)
def test_a_record_that_is_not_of_this_model_is_told(compared, tmp_path, asked, answered, said):
    parts = {"endpointInput": asked, "endpointOutput": answered}
    data = {name: {"data": text, "encoding": "CSV"} for name, text in parts.items()}
    (tmp_path / "captured").mkdir()
    (tmp_path / "captured" / "a.jsonl").write_text(json.dumps({"captureData": data}) + "\n")

    with pytest.raises(InputError, match=said):
        monitor(tmp_path / "captured", compared, tmp_path / "out")


def test_a_test_set_of_another_model_is_told(version, tmp_path):
    with tmp_path.joinpath("test.csv").open("w") as file:
        csv.writer(file).writerow([9.0, 1.0, 2.0])

    with pytest.raises(InputError, match="the test set has 2 features, the model 10, the featurizer 10"):
        baseline(version.folder, tmp_path / "test.csv", version.file("featurizer"), tmp_path / "out")
