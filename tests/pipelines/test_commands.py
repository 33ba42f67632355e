"""The two commands as programs: what goes to stdout and stderr, and the exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import _utils, get_pipeline_definition, run_pipeline
from pipelines.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
MODULE = "pipelines.abalone.pipeline"


def test_the_definition_and_nothing_else_goes_to_stdout(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.get_pipeline_definition", "-n", MODULE],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "AWS_REGION": "us-east-1"},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Version"] == "2020-12-01"
    assert done.stderr == ""


@pytest.mark.usefixtures("no_sockets")
def test_it_goes_into_a_file(tmp_path, capsys):
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
        (["-n", MODULE], "no region: set AWS_REGION"),
        (["-n", "pipelines.abalon.pipeline"], "did you mean 'pipelines.abalone.pipeline'"),
        (["-n", "nothing.at.all"], "there is no module 'nothing.at.all'"),
        (["-n", "pipelines.errors"], "module 'pipelines.errors' has no get_pipeline"),
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


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "give one of -n/--module-name and --definition"),
        (["-n", MODULE, "--definition", "x.json"], "give one of"),
        (["-n", MODULE, "--parameters", "Count"], "--parameters takes NAME=VALUE; got 'Count'"),
        (["-n", MODULE, "--parameters", "A=1", "A=2"], "parameter 'A' is given twice"),
        (
            ["-n", MODULE, "--parameters", "MseTreshold=4"],
            "unknown parameter 'MseTreshold'; did you mean 'MseThreshold'?",
        ),
        (["-n", MODULE, "--parameters", "MseThreshold=low"], "parameter 'MseThreshold' is Float; 'low' is not"),
        (["-n", MODULE, "--parameters", "InputDataUrl=nothing.csv"], "'nothing.csv' is no file"),
        (["-n", MODULE, "--parameters", "InputDataUrl=s3://no/where"], "(parameter InputDataUrl) names nothing"),
        (["-n", MODULE, "--tags", '[{"Name": "x"}]'], "expected tags as"),
        (["-n", "pipelines.abalon.pipeline"], "did you mean"),
        (["--definition", "nothing.json"], "there is no file 'nothing.json'"),
    ],
)
def test_wrong_use_of_run_pipeline_starts_nothing(argv, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert run_pipeline.main([*argv, "--local", "root"]) == 2

    output = capsys.readouterr()
    assert message in output.err
    assert output.out == ""
    assert not list(tmp_path.glob("root/executions/*"))


@pytest.mark.parametrize(
    ("content", "message"), [("{", "the definition is not JSON"), ('{"Steps": 42}', 'an object with a list "Steps"')]
)
def test_a_broken_definition_starts_nothing(content, message, capsys, tmp_path):
    file = tmp_path / "broken.json"
    file.write_text(content)

    assert run_pipeline.main(["--definition", str(file), "--local", str(tmp_path / "root")]) == 2
    assert message in capsys.readouterr().err


def test_help_teaches_with_examples(capsys):
    for command in (run_pipeline, get_pipeline_definition):
        with pytest.raises(SystemExit) as ended:
            command.main(["--help"])
        assert ended.value.code == 0
        assert "examples:" in capsys.readouterr().out


@pytest.mark.parametrize("text", ['{"a": true, "b": null}', "{'a': True, 'b': None}"])
def test_structures_are_read_as_json_or_as_python_literals(text):
    assert _utils.convert_struct(text) == {"a": True, "b": None}


def test_nothing_is_an_empty_structure():
    assert _utils.convert_struct() == {}
    assert _utils.convert_struct("") == {}


def test_a_structure_is_never_evaluated(tmp_path):
    with pytest.raises(UsageError):
        _utils.convert_struct(f"__import__('pathlib').Path({str(tmp_path / 'x')!r}).touch()")

    assert not (tmp_path / "x").exists()


class Projects:
    """As much of boto3's client as custom tags ask for."""

    def __init__(self, tags):
        self.tags, self.asked = tags, []

    def list_tags(self, ResourceArn):  # noqa: N803  boto3's own name
        self.asked.append(ResourceArn)
        return {"Tags": self.tags}


def test_a_projects_tags_are_added_and_a_tag_that_is_given_wins():
    client = Projects([{"Key": "a", "Value": "project"}, {"Key": "b", "Value": "project"}])
    given = [{"Key": "a", "Value": "given"}]

    found = _utils.get_pipeline_custom_tags(MODULE, {"sagemaker_project_arn": "arn:project"}, given, client)

    assert found == [{"Key": "a", "Value": "given"}, {"Key": "b", "Value": "project"}]
    assert client.asked == ["arn:project"]
    assert given == [{"Key": "a", "Value": "given"}]


def test_without_a_project_nobody_is_asked():
    client = Projects([])

    assert _utils.get_pipeline_custom_tags(MODULE, "{}", [], client) == []
    assert client.asked == []
