"""Tests of the analyzer's program, which reads the environment and writes files and an exit message."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from paths import PYTHONPATH
from warm import program


@pytest.fixture
def analyzer(tmp_path):
    """Run the analyzer on a dataset in ``tmp_path``; return the completed process."""
    tmp_path.joinpath("data").mkdir()
    tmp_path.joinpath("data", "rows.csv").write_text("a,b\n1,x\n2,y\n")

    def run(**variables):
        environment = {
            "dataset_format": '{"csv": {"header": true}}',
            "dataset_source": str(tmp_path / "data"),
            "output_path": str(tmp_path / "out"),
            "publish_cloudwatch_metrics": "Disabled",
            "SAGEMAKER_BASE_DIR": str(tmp_path),
        } | variables
        return subprocess.run(
            program("local_sagemaker.images.model_monitor"),
            env={**os.environ, "PYTHONPATH": PYTHONPATH, **environment},
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip

    return run


def message(folder):
    return folder.joinpath("output", "message").read_text()


def test_a_baseline_is_computed_and_compared_with(analyzer, tmp_path):
    first = analyzer()
    assert first.returncode == 0, first.stderr
    assert {p.name for p in tmp_path.joinpath("out").iterdir()} == {"statistics.json", "constraints.json"}
    assert message(tmp_path) == "Completed: Job completed successfully with no violations."
    old = tmp_path / "old"
    tmp_path.joinpath("out").rename(old)
    tmp_path.joinpath("data", "rows.csv").write_text("a,b\n1,x\n,y\n")

    second = analyzer(
        baseline_constraints=str(old / "constraints.json"), baseline_statistics=str(old / "statistics.json")
    )

    assert second.returncode == 0, second.stderr
    assert message(tmp_path) == "CompletedWithViolations: Job completed successfully with 1 violations."
    report = json.loads(tmp_path.joinpath("out", "constraint_violations.json").read_text())
    assert [v["constraint_check_type"] for v in report["violations"]] == ["completeness_check"]
    assert "a: Data completeness requirement is not met." in second.stdout


MODEL_QUALITY = {
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "BinaryClassification",
    "probability_attribute": "score",
    "probability_threshold_attribute": "0.4",
    "ground_truth_attribute": "churned",
}


def test_model_quality_is_computed_and_compared_with(analyzer, tmp_path):
    data = tmp_path / "data" / "rows.csv"
    data.write_text("churned,score\n1,0.45\n0,0.1\n")
    first = analyzer(**MODEL_QUALITY)
    assert first.returncode == 0, first.stderr
    metrics = json.loads(tmp_path.joinpath("out", "statistics.json").read_text())["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] == 1.0  # 0.45 is above the threshold
    old = tmp_path / "old"
    tmp_path.joinpath("out").rename(old)
    data.write_text("churned,score\n1,0.1\n0,0.1\n")

    second = analyzer(**MODEL_QUALITY, baseline_constraints=str(old / "constraints.json"))

    assert second.returncode == 0, second.stderr
    assert "accuracy: Metric accuracy with 0.5 was LessThanThreshold '1.0'" in second.stdout
    assert message(tmp_path).startswith("CompletedWithViolations: ")


def test_the_users_scripts_run(analyzer, tmp_path):
    pre, post = tmp_path / "pre.py", tmp_path / "post.py"
    pre.write_text("def preprocess_handler(record):\n    return {'length': len(record.endpoint_input.data)}\n")
    post.write_text(f"def postprocess_handler():\n    open({str(tmp_path / 'seen')!r}, 'w').close()\n")

    done = analyzer(record_preprocessor_script=str(pre), post_analytics_processor_script=str(post))

    assert done.returncode == 0, done.stderr
    (feature,) = json.loads(tmp_path.joinpath("out", "statistics.json").read_text())["features"]
    assert feature["name"] == "length"
    assert tmp_path.joinpath("seen").exists()


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"dataset_format": ""}, "the environment has no dataset_format"),
        ({"dataset_format": "csv"}, "dataset_format is not JSON"),
        ({"dataset_format": "[]"}, "dataset_format must be an object"),
        ({"dataset_format": '{"xml": {}}'}, "dataset_format must have one of csv, json, parquet"),
        ({"analysis_type": "BIAS"}, "analysis_type is 'BIAS'; it must be one of DATA_QUALITY, MODEL_QUALITY"),
        ({**MODEL_QUALITY, "problem_type": ""}, "problem type '' is not one of Regression"),
        ({**MODEL_QUALITY, "ground_truth_attribute": ""}, "no ground truth attribute"),
        ({**MODEL_QUALITY, "probability_threshold_attribute": "x"}, "probability_threshold_attribute is 'x'"),
        ({"dataset_source": "/nowhere"}, "/nowhere does not exist"),
        ({"baseline_constraints": "/nowhere.json"}, "there is no constraints file '/nowhere.json'"),
    ],
)
def test_the_exit_message_reports_an_error(analyzer, tmp_path, variables, reason):
    done = analyzer(**variables)

    assert done.returncode == 255
    assert reason in message(tmp_path)
    assert done.stderr.startswith("error: ")
    assert not tmp_path.joinpath("out").exists()
