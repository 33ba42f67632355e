"""The two commands as programs: what goes to stdout and stderr, and the exit codes."""

from __future__ import annotations

import json
import os
import subprocess

import local_sagemaker.session
from local_sagemaker.definition.definition import read
from local_sagemaker.tools.errors import UsageError
from local_sagemaker.tools.service.logs import JobLog
from local_sagemaker.tools.service.uploads import plan
from local_sagemaker.tools.terminal.command_line import warn_of_another_clone
from local_sagemaker.tools.terminal.summaries import text
from pipelines import _utils, get_pipeline_definition, run_pipeline

import pytest
from paths import PYTHONPATH, ROOT
from warm import COLD

MODULE = "pipelines.abalone.pipeline"


def test_the_definition_and_nothing_else_goes_to_stdout(tmp_path):
    done = subprocess.run(
        [COLD, "-m", "pipelines.get_pipeline_definition", "-n", MODULE],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PYTHONPATH, "AWS_REGION": "us-east-1"},
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
        (["-n", MODULE, "--parameters", "InputDataUrl=nothing.csv"], "'nothing.csv' is no s3:// URI"),
        (["-n", MODULE, "--parameters", "InputDataUrl=s3://nowhere/at-all"], "(parameter InputDataUrl) names nothing"),
        (["-n", MODULE, "--parameters", "InputDataUrl="], "this one has 0; leave it out"),
        (["-n", MODULE, "--parameters", "InputDataUrl=/dev/zero"], "'/dev/zero' is no s3:// URI"),
        (["-n", MODULE, "--parameters", "InputDataUrl=" + "x" * 300], "is no s3:// URI"),
        (["-n", MODULE, "--parameters", "InputDataUrl=~nobody-here/x"], "is no s3:// URI"),
        (["-n", MODULE, "--parameters", "ProcessingInstanceCount=0"], "InstanceCount is 0; it must be at least 1"),
        (["-n", MODULE, "--parameters", "RandomSeed=1_000"], "parameter 'RandomSeed' is Integer; '1_000' is not"),
        (["-n", MODULE, "--tags", '[{"Key": 1, "Value": 2}]'], "expected tags as"),
        (["-n", MODULE, "--kwargs", '{"region": 5}'], "region must be a region, such as us-east-1; 5 is not"),
        (["-n", MODULE, "--kwargs", '{"role": "MyRole"}'], "role must be an ARN"),
        (["-n", MODULE, "--kwargs", '{"default_bucket": "a/b"}'], "default_bucket must be a bucket's name"),
        (["-n", MODULE, "--kwargs", '{"pipeline_name": "bad name!"}'], "pipeline_name must be of"),
        (["-n", MODULE, "--kwargs", '{"base_job_prefix": "../x"}'], "base_job_prefix must be"),
        (["-n", MODULE, "--kwargs", '{"subnets": "abc"}'], "subnets must be a list of ids"),
        (["-n", MODULE, "--kwargs", '{"enable_network_isolation": "no"}'], "must be true or false; it is 'no'"),
        (["-n", MODULE, "--kwargs", '{"tags": "x"}'], "tags must be a list"),
        (["-n", ""], "'' names no module"),
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
    ("content", "message"),
    [
        (b"{", "the definition is not JSON"),
        (b'{"Steps": 42}', 'an object with a list "Steps"'),
        (b"", "is empty"),
        (b"\xff", "cannot read"),
    ],
)
def test_a_broken_definition_starts_nothing(content, message, capsys, tmp_path):
    file = tmp_path / "broken.json"
    file.write_bytes(content)

    assert run_pipeline.main(["--definition", str(file), "--local", str(tmp_path / "root")]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a/b", "..", "a b", "x" * 257])
def test_a_pipelines_name_that_is_none_is_refused(name, capsys, tmp_path):
    file = tmp_path / "definition.json"
    file.write_text('{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail"}]}')

    assert run_pipeline.main(["--definition", str(file), "--pipeline-name", name, "--local", str(tmp_path / "r")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_cannot_be_written_is_named(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    assert get_pipeline_definition.main(["-n", MODULE, "-f", str(tmp_path)]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_a_folder_is_uploaded_without_its_hidden_files_under_the_name_that_it_has(
    account, session, tmp_path, monkeypatch
):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("a.csv", ".secret"):
        folder.joinpath(name).write_text(name)
    monkeypatch.chdir(folder)
    definition = '{"Parameters": [{"Name": "DataUrl", "Type": "String"}], "Steps": [{"Name": "A", "Type": "Fail"}]}'

    planned = plan("bucket", "Pipeline", read(definition), {"DataUrl": "."})
    planned.send(session.client("s3"))

    uri = planned.values["DataUrl"]
    assert uri.startswith("s3://bucket/Pipeline/parameters/DataUrl/")
    assert [relative for relative, _ in account.objects.matching(uri)] == ["a.csv"]


def test_nothing_of_a_log_can_take_over_the_terminal(session, account):
    folder = account.root / "jobs" / "job"
    folder.mkdir(parents=True)
    folder.joinpath("algo-1.log").write_text("\x1b[2Jcleared\n" + "x" * 5_000_000)

    first, second = JobLog(session.client("logs"), "/aws/sagemaker/ProcessingJobs", "job").last_lines()

    assert first == "\N{REPLACEMENT CHARACTER}[2Jcleared"
    assert len(second) == 303


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


def test_the_result_for_a_person_says_what_it_came_to():
    model = {
        "arn": "arn:model/1",
        "group": "G",
        "version": 1,
        "approval_status": "Approved",
        "model_data": "s3://bucket/model.tar.gz",
        "metric": "regression_metrics.mse.value",
        "value": 4.25,
        "threshold": 6.0,
        "naive": 10.5,
    }
    result = {
        "pipeline": "P",
        "status": "Succeeded",
        "failure_reason": None,
        "execution_arn": "arn:execution",
        "steps": [{"name": "A", "status": "Succeeded"}],
        "model_packages": [model],
        "root": "/root-folder",
    }

    assert text(result).splitlines() == [
        "P: Succeeded",
        "  model    arn:model/1 (Approved)",
        "  metric   regression_metrics.mse.value = 4.2500 (limit 6.0, predicting the mean gives 10.5000)",
        "  files    /root-folder/s3/bucket/model.tar.gz",
        "  record   arn:execution",
    ]


def test_the_result_of_a_failure_names_the_step_and_its_reason():
    result = {
        "pipeline": "P",
        "status": "Failed",
        "failure_reason": "Step failure: One or multiple steps failed.",
        "execution_arn": "arn:execution",
        "steps": [{"name": "A", "status": "Failed", "failure_reason": "too few rows"}],
        "model_packages": [],
    }

    assert text(result).splitlines()[1] == "  reason   A: too few rows"


def test_another_clones_code_is_said_loudly(tmp_path, capsys):
    clone = tmp_path / "clone"
    clone.joinpath("pipelines").mkdir(parents=True)
    clone.joinpath("pipelines", "run_pipeline.py").write_text("")
    clone.joinpath("notebooks").mkdir()

    for folder in (clone, clone / "notebooks"):
        warn_of_another_clone(folder)
        said = capsys.readouterr().err
        assert f"WARNING: you are in {clone}, but the code that runs is {ROOT}" in said
        assert f"pip install -e {clone}" in said
    for folder in (ROOT, ROOT / "tests", tmp_path):
        warn_of_another_clone(folder)
        assert capsys.readouterr().err == ""


def test_values_that_no_parameter_can_have_are_refused_before_anything_is_created(capsys, tmp_path):
    file = tmp_path / "definition.json"
    steps = [
        {"Name": "A", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": {"Get": "Parameters.Group"}}}
    ]
    parameters = [{"Name": "Group", "Type": "String", "DefaultValue": "G"}]
    file.write_text(json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": steps}))
    root = tmp_path / "root"

    for value, message in (("", "this one has 0; leave it out"), ("x" * 1025, "this one has 1025")):
        words = ["--definition", str(file), "--local", str(root), "--parameters", f"Group={value}"]
        assert run_pipeline.main(words) == 2
        output = capsys.readouterr()
        assert output.out == ""
        assert "Group" in output.err and message in output.err
    assert local_sagemaker.session.open(root).client("sagemaker").list_pipelines()["PipelineSummaries"] == []
