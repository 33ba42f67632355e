"""Test the program of a check's job as SageMaker runs it: one file, /opt/ml as documented, no installed project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from local_sagemaker.tools.code import container_code

import numpy as np
import pytest
from paths import SHARED

RANDOM = np.random.default_rng(3)
FEATURES = RANDOM.normal(size=(300, 2)).round(4)
LABELS = (10 + 3 * FEATURES[:, 0]).round(4)
HEADERS = ["rings", "size", "weight"]
COMPLETED = "Completed: Job completed successfully with no violations."
ANALYSIS = {"dataset_type": "text/csv", "headers": HEADERS, "label": "rings"}
BIAS = {"label_values_or_threshold": [11.0], "facet": [{"name_or_index": "size", "value_or_threshold": [0.0]}]}
SHAP = {"baseline": [[0.0, 0.0]], "num_samples": 6, "seed": 1, "agg_method": "mean_abs", "use_logit": False}
CONFIGS = {
    "DATA_QUALITY": {"dataset_format": {"csv": {"header": False}}},
    "MODEL_QUALITY": {
        "dataset_format": {"csv": {"header": False}},
        "problem_type": "Regression", "ground_truth": "_c0", "inference": "_c1",
    },
    "DATA_BIAS": ANALYSIS | BIAS | {"methods": {"pre_training_bias": {"methods": "all"}}},
    "MODEL_BIAS": ANALYSIS | BIAS | {"methods": {"post_training_bias": {"methods": "all"}}},
    "MODEL_EXPLAINABILITY": ANALYSIS | {"methods": {"shap": SHAP}},
}  # fmt: skip
MODEL_CHECKS = ("MODEL_BIAS", "MODEL_EXPLAINABILITY")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    name, content = container_code("pipelines.scripts.check")
    path = tmp_path_factory.mktemp("code") / name
    path.write_bytes(content)
    return path


@pytest.fixture
def job(tmp_path, program):
    """Return a function that runs a job in its own folder: exit code, exit message, outputs' folder, stderr."""

    def run(check, rows=None, *, previous=None, flags=("true", "true", "true"), name="first", model=None):
        base = tmp_path / name
        folders = {part: base / "processing" / part for part in ("data", "config", "baseline", "model", "check")}
        for part, folder in folders.items():
            if part != "model" or check in MODEL_CHECKS:
                folder.mkdir(parents=True)
        if isinstance(rows, Path):
            folders["data"].joinpath("part.csv").write_bytes(rows.read_bytes())
        else:
            table = np.column_stack([LABELS, FEATURES]) if rows is None else rows
            np.savetxt(folders["data"] / "part.csv", table, "%.4f", ",")
        folders["config"].joinpath("analysis_config.json").write_text(json.dumps(CONFIGS[check]))
        folders["baseline"].joinpath("manifest.json").write_text(json.dumps({"check_type": check}))
        for file in previous.iterdir() if previous else ():
            name_of = "constraints.json" if file.name == "analysis.json" else file.name
            folders["baseline"].joinpath(name_of).write_bytes(file.read_bytes())
        if check in MODEL_CHECKS:
            write_model(folders["model"] / "model.tar.gz", tmp_path, model)
        skip, register, fail = flags
        options = ["--skip-check", skip, "--register-new-baseline", register, "--fail-on-violation", fail]
        environment = {"PATH": os.environ["PATH"], "SAGEMAKER_BASE_DIR": str(base)}
        command = [sys.executable, "-I", str(program), "--check", check, *options]
        process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
        message = base / "output" / "message"
        return process.returncode, message.read_text() if message.is_file() else "", folders["check"], process.stderr

    return run


def write_model(archive, folder, content=None):
    xgb = pytest.importorskip("xgboost", reason="a check of a model runs in the model's own image")
    path = folder / "xgboost-model"
    if content is None:
        matrix = xgb.DMatrix(FEATURES, label=LABELS)
        content = xgb.train({"max_depth": 3}, matrix, 5).save_raw("ubj")
    path.write_bytes(content)
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(path, path.name)


@pytest.mark.parametrize("check", CONFIGS)
def test_the_first_run_writes_a_baseline_and_the_second_has_no_violations(job, check):
    code, message, output, stderr = job(check)
    assert (code, message) == (0, COMPLETED), stderr
    names = {"statistics.json", "constraints.json"} if check.endswith("_QUALITY") else {"analysis.json"}
    assert {path.name for path in output.joinpath("used").iterdir()} == names

    code, message, second, stderr = job(
        check, previous=output / "used", flags=("false", "false", "true"), name="second"
    )
    assert (code, message) == (0, COMPLETED), stderr
    for name in names:
        assert second.joinpath("used", name).read_bytes() == output.joinpath("used", name).read_bytes()


@pytest.mark.parametrize(("fail", "expected"), [("true", 3), ("false", 0), ("True", 3)])
def test_violations_fail_the_job_if_configured_and_are_always_reported(job, fail, expected):
    _, _, first, _ = job("DATA_QUALITY")
    shifted = np.column_stack([LABELS, FEATURES + 5])

    flags = ("false", "false", fail)
    code, message, output, _ = job("DATA_QUALITY", shifted, previous=first / "used", flags=flags, name="second")

    assert code == expected
    assert message == "CompletedWithViolations: Job completed successfully with 2 violations. _c1, _c2"
    report = json.loads(output.joinpath("constraint_violations.json").read_text())
    assert [violation["feature_name"] for violation in report["violations"]] == ["_c1", "_c2"]
    assert (
        output.joinpath("used", "statistics.json").read_bytes()
        == first.joinpath("used", "statistics.json").read_bytes()
    )


def test_a_missing_baseline_is_reported(job):
    code, message, output, stderr = job("DATA_BIAS", flags=("false", "false", "true"))

    assert code == 1
    assert message.startswith("error: DATA_BIAS has no previous constraints")
    assert stderr == f"{message}\n"
    assert not list(output.iterdir()), "nothing looks complete"


@pytest.mark.parametrize(
    ("content", "expected_text"), [(b"no model", "is not an XGBoost model"), (b"", "contains no file")]
)
def test_an_unreadable_model_is_reported(job, content, expected_text):
    code, message, _, _ = job("MODEL_BIAS", model=content)

    assert code == 1
    assert expected_text in message


def test_a_baseline_of_model_monitors_container_can_be_compared_with(job, tmp_path):
    fixtures = SHARED / "fixtures" / "data_quality_small"
    if not fixtures.is_dir():
        pytest.skip("the real outputs of AWS's containers are not part of the project")
    previous_folder = tmp_path / "written"
    previous_folder.mkdir()
    for name, source in {"statistics.json": "statistics.json", "constraints.json": "constraints_bad.json"}.items():
        previous_folder.joinpath(name).write_bytes(fixtures.joinpath(source).read_bytes())

    flags = ("false", "false", "true")
    code, message, _, _ = job("DATA_QUALITY", fixtures / "baseline_dataset.csv", previous=previous_folder, flags=flags)

    assert (code, message.rpartition(" ")[2]) == (3, "_c5")
