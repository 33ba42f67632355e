"""Tests a check in a job: what it compares with, which baseline it passes on, and its message."""

from __future__ import annotations

import json

from model_monitor.job.analyses import ANALYSES
from model_monitor.job.check import CheckJob, run
from model_monitor.monitor_error import MonitorError
from model_monitor.result import VIOLATIONS_FILE

import numpy as np
import pytest

RANDOM = np.random.default_rng(7)
ROWS = RANDOM.normal(size=(500, 2))
FORMAT = {"dataset_format": {"csv": {"header": True}}}


@pytest.fixture
def check(tmp_path):
    """A function that runs a check of rows in its own folder, and returns the output folder and the result."""

    def call(name, rows=ROWS, *, previous=None, skip=False, register=False, check_type="DATA_QUALITY", config=FORMAT):
        folder = tmp_path / name
        for part in ("data", "config", "baseline"):
            folder.joinpath(part).mkdir(parents=True)
        np.savetxt(folder / "data" / "rows.csv", rows, "%.6f", ",", header="a,b", comments="")
        folder.joinpath("config", "config.json").write_text(json.dumps(config))
        folder.joinpath("baseline", "manifest.json").write_text(json.dumps({"check_type": check_type}))
        for file in previous.iterdir() if previous else ():
            folder.joinpath("baseline", file.name).write_bytes(file.read_bytes())
        paths = (folder / part for part in ("data", "config/config.json", "baseline", "output"))
        return folder / "output", run(CheckJob(check_type, skip, register, *paths), ANALYSES[check_type])

    return call


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_first_run_passes_its_own_baseline_on(check):
    output, result = check("first", skip=True, register=True)

    assert contents(output / "used") == contents(output / "calculated")
    assert contents(output / "used").keys() == {"statistics.json", "constraints.json"}
    assert not (output / VIOLATIONS_FILE).exists()
    assert result.message == "Completed: Job completed successfully with no violations."


@pytest.mark.parametrize(
    ("skip", "register", "is_compared", "uses_new"),
    [(False, False, True, False), (False, True, True, True), (True, False, False, False), (True, True, False, True)],
)
def test_the_flags_decide_what_is_compared_and_passed_on(check, skip, register, is_compared, uses_new):
    first, _ = check("first", skip=True, register=True)
    output, result = check("second", ROWS * 3, previous=first / "used", skip=skip, register=register)

    assert (output / VIOLATIONS_FILE).exists() == is_compared == bool(result.violations)
    assert contents(output / "calculated") != contents(first / "used")
    assert contents(output / "used") == contents((output / "calculated") if uses_new else (first / "used"))


def test_the_message_names_the_first_columns(check):
    first, _ = check("first", skip=True, register=True)
    _, result = check("second", ROWS + 9, previous=first / "used")

    assert result.message == "CompletedWithViolations: Job completed successfully with 2 violations. a, b"


def test_the_report_has_the_analyzers_format(check):
    first, _ = check("first", skip=True, register=True)
    output, result = check("second", ROWS + 9, previous=first / "used")

    text = (output / VIOLATIONS_FILE).read_text()
    assert json.loads(text) == {"violations": list(result.violations)}
    assert text.startswith('{\n  "violations" : [ {')


def test_a_model_quality_check_is_configured_with_its_columns(check):
    config = FORMAT | {"problem_type": "Regression", "ground_truth": "a", "inference": "b"}
    output, _ = check("quality", check_type="MODEL_QUALITY", config=config, skip=True, register=True)

    assert "regression_metrics" in json.loads((output / "used" / "statistics.json").read_text())


def test_a_missing_baseline_is_reported(check):
    with pytest.raises(MonitorError, match="DATA_QUALITY has no previous statistics and constraints"):
        check("first")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([], "must be an object with dataset_format"),
        ({"dataset_format": "csv"}, "must be an object with dataset_format"),
        (FORMAT | {"problem": "Regression"}, "cannot be configured by problem"),
    ],
)
def test_an_invalid_configuration_is_refused(check, config, message):
    with pytest.raises(MonitorError, match=message):
        check("wrong", check_type="MODEL_QUALITY", config=config, skip=True, register=True)


def test_a_baseline_of_another_check_is_refused(check, tmp_path):
    other_baseline = tmp_path / "other"
    other_baseline.mkdir()
    other_baseline.joinpath("manifest.json").write_text('{"check_type": "MODEL_BIAS"}')

    with pytest.raises(MonitorError, match="is not of a DATA_QUALITY check"):
        check("wrong", previous=other_baseline)
