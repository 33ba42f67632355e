"""A check as a job does it: what it compares with, what it hands on, what it says."""

from __future__ import annotations

import json

from model_monitor.job.analyses import ANALYSES
from model_monitor.job.check import CheckJob, run
from model_monitor.monitor_error import MonitorError
from model_monitor.result import VIOLATIONS

import numpy as np
import pytest

RANDOM = np.random.default_rng(7)
ROWS = RANDOM.normal(size=(500, 2))
FORMAT = {"dataset_format": {"csv": {"header": True}}}


@pytest.fixture
def check(tmp_path):
    """Run a check of these rows in a folder of its own; the folder, and what was found."""

    def call(name, rows=ROWS, *, previous=None, skip=False, register=False, kind="DATA_QUALITY", config=FORMAT):
        folder = tmp_path / name
        for part in ("data", "config", "baseline"):
            folder.joinpath(part).mkdir(parents=True)
        np.savetxt(folder / "data" / "rows.csv", rows, "%.6f", ",", header="a,b", comments="")
        folder.joinpath("config", "config.json").write_text(json.dumps(config))
        folder.joinpath("baseline", "manifest.json").write_text(json.dumps({"check_type": kind}))
        for file in previous.iterdir() if previous else ():
            folder.joinpath("baseline", file.name).write_bytes(file.read_bytes())
        paths = (folder / part for part in ("data", "config/config.json", "baseline", "output"))
        return folder / "output", run(CheckJob(kind, skip, register, *paths), ANALYSES[kind])

    return call


def texts(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_first_run_hands_its_own_baseline_on(check):
    output, found = check("first", skip=True, register=True)

    assert texts(output / "used") == texts(output / "calculated")
    assert texts(output / "used").keys() == {"statistics.json", "constraints.json"}
    assert not (output / VIOLATIONS).exists()
    assert found.message == "Completed: Job completed successfully with no violations."


@pytest.mark.parametrize(
    ("skip", "register", "is_compared", "uses_new"),
    [(False, False, True, False), (False, True, True, True), (True, False, False, False), (True, True, False, True)],
)
def test_the_flags_say_what_is_compared_and_what_is_handed_on(check, skip, register, is_compared, uses_new):
    first, _ = check("first", skip=True, register=True)
    output, found = check("second", ROWS * 3, previous=first / "used", skip=skip, register=register)

    assert (output / VIOLATIONS).exists() == is_compared == bool(found.violations)
    assert texts(output / "calculated") != texts(first / "used")
    assert texts(output / "used") == texts((output / "calculated") if uses_new else (first / "used"))


def test_the_message_names_the_first_columns(check):
    first, _ = check("first", skip=True, register=True)
    _, found = check("second", ROWS + 9, previous=first / "used")

    assert found.message == "CompletedWithViolations: Job completed successfully with 2 violations. a, b"


def test_the_report_is_that_of_the_analyzer(check):
    first, _ = check("first", skip=True, register=True)
    output, found = check("second", ROWS + 9, previous=first / "used")

    text = (output / VIOLATIONS).read_text()
    assert json.loads(text) == {"violations": list(found.violations)}
    assert text.startswith('{\n  "violations" : [ {')


def test_a_check_of_model_quality_is_told_its_columns(check):
    config = FORMAT | {"problem_type": "Regression", "ground_truth": "a", "inference": "b"}
    output, _ = check("quality", kind="MODEL_QUALITY", config=config, skip=True, register=True)

    assert "regression_metrics" in json.loads((output / "used" / "statistics.json").read_text())


def test_a_baseline_that_is_needed_and_not_there_is_told(check):
    with pytest.raises(MonitorError, match="DATA_QUALITY has no previous statistics and constraints"):
        check("first")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ([], "must be an object with dataset_format"),
        ({"dataset_format": "csv"}, "must be an object with dataset_format"),
        (FORMAT | {"problem": "Regression"}, "is not configured by problem"),
    ],
)
def test_a_configuration_that_cannot_be_is_told(check, config, words):
    with pytest.raises(MonitorError, match=words):
        check("wrong", kind="MODEL_QUALITY", config=config, skip=True, register=True)


def test_a_baseline_of_another_check_is_told(check, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    other.joinpath("manifest.json").write_text('{"check_type": "MODEL_BIAS"}')

    with pytest.raises(MonitorError, match="is not that of DATA_QUALITY"):
        check("wrong", previous=other)
