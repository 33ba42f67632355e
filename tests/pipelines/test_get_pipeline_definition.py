"""Run get-pipeline-definition as a program: its stdout, its stderr and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess

from pipelines import get_pipeline_definition

import pytest
from paths import PYTHONPATH
from warm import COLD

MODULE = "pipelines.abalone.pipeline"


def test_stdout_has_only_the_definition(tmp_path):
    process = subprocess.run(
        [COLD, "-m", "pipelines.get_pipeline_definition", "-n", MODULE],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PYTHONPATH, "AWS_REGION": "us-east-1"},
    )  # fmt: skip

    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout)["Version"] == "2020-12-01"
    assert process.stderr == ""


@pytest.mark.usefixtures("no_sockets")
def test_the_definition_is_written_to_a_file(tmp_path, capsys):
    file = tmp_path / "definition.json"

    code = get_pipeline_definition.main(
        ["--module-name", MODULE, "-f", str(file), "-kwargs", '{"region": "us-east-1"}']
    )

    assert code == 0
    assert json.loads(file.read_text())["Steps"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "usage: get-pipeline-definition"),
        (["-n", "pipelines.abalon.pipeline"], "did you mean 'pipelines.abalone.pipeline'"),
        (["-n", "nothing.at.all"], "there is no module 'nothing.at.all'"),
        (["-n", "pipelines.model_package"], "module 'pipelines.model_package' has no get_pipeline"),
        (["-n", MODULE, "--kwargs", '{"regoin": "x"}'], "takes no 'regoin'; did you mean 'region'?"),
        (["-n", MODULE, "--kwargs", "{"], "neither JSON nor a Python literal"),
        (["-n", MODULE, "--kwargs", "[1]"], "expected a dictionary"),
    ],
)
def test_wrong_use_of_get_pipeline_definition(argv, message, capsys):
    assert get_pipeline_definition.main(argv) == 2

    output = capsys.readouterr()
    assert message in output.err
    assert output.out == ""


def test_without_a_region_that_of_local_toml_is_used_and_named(capsys):
    assert get_pipeline_definition.main(["-n", MODULE]) == 0

    output = capsys.readouterr()
    assert "s3://sagemaker-us-east-1-000000000000/" in output.out
    assert "no region is set, so pipelines.abalone.pipeline is compiled for us-east-1" in output.err


def test_the_error_for_a_file_that_cannot_be_written_names_the_file(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    assert get_pipeline_definition.main(["-n", MODULE, "-f", str(tmp_path)]) == 2
    assert "cannot write" in capsys.readouterr().err
