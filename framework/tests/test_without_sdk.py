"""Run a hand-written definition in an environment without the SageMaker SDK (``tox -e definition``)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
from paths import DEFINITIONS, PYTHONPATH

pytestmark = pytest.mark.skipif(
    find_spec("sagemaker") is not None, reason="the SDK is installed here: tox -e definition has none"
)
DEFINITION = DEFINITIONS / "by-hand.json"
PREPARE = """
import csv, pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:])
with (target / "train.csv").open("w", newline="") as out:
    writer = csv.writer(out)
    for file in source.iterdir():
        for sex, *numbers, rings in csv.reader(file.open()):
            writer.writerow([rings, *numbers])
"""


@pytest.fixture
def run_pipeline(tmp_path):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "pipelines.run_pipeline", *map(str, arguments), "--local", tmp_path / "root"],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )

    return run


@pytest.fixture
def parameters(tmp_path, abalone_csv):
    code = tmp_path / "prepare.py"
    code.write_text(PREPARE)
    return ["--parameters", f"DataUrl={abalone_csv}", "CodeUrl=prepare.py"]


def test_the_pipeline_trains_and_registers(run_pipeline, parameters, tmp_path):
    completed = run_pipeline("--definition", DEFINITION, *parameters)

    assert completed.returncode == 0, completed.stderr
    result = json.loads(completed.stdout)
    assert [s["name"] for s in result["steps"]] == ["Prepare", "Train", "Check", "Register"]
    assert result["pipeline"] == "by-hand"
    model = result["model_packages"][0]
    assert model["arn"].endswith("model-package/ByHand/1")
    assert (tmp_path / "root" / "s3" / model["model_data"].removeprefix("s3://")).is_file()
    for name in ("Prepare", "Train", "Check", "Register"):
        assert f"{name} ..." in completed.stderr


def test_the_gate_rejects_a_bad_model(run_pipeline, parameters):
    completed = run_pipeline("--definition", DEFINITION, *parameters, "MaxRmse=0.5")

    assert completed.returncode == 1
    result = json.loads(completed.stdout)
    assert (result["status"], result["failure_reason"]) == ("Failed", "the rmse is above 0.5")
    assert result["model_packages"] == []


def test_a_second_run_updates_the_pipeline_and_uploads_no_file_again(run_pipeline, parameters, tmp_path):
    for _ in range(2):
        assert run_pipeline("--definition", DEFINITION, *parameters).returncode == 0

    uploads = [p for p in tmp_path.glob("root/s3/*/by-hand/parameters/*/*/*") if p.is_file()]
    assert sorted(p.name for p in uploads) == ["abalone.data.txt", "prepare.py"]


def test_a_parameter_without_a_value_is_an_error_before_anything_starts(run_pipeline, tmp_path):
    completed = run_pipeline("--definition", DEFINITION)

    assert completed.returncode == 2
    assert "no value for DataUrl, CodeUrl" in completed.stderr
    assert not list(tmp_path.glob("root/jobs/*"))


def test_a_module_without_the_sdk_is_an_error_that_names_it(run_pipeline):
    completed = run_pipeline("-n", "pipelines.abalone.pipeline")

    assert completed.returncode != 0
    assert "sagemaker" in completed.stderr
