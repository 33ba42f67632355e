"""Run run-pipeline as a program: its stdout, its stderr and its exit codes."""

from __future__ import annotations

import json
import shutil

import local_sagemaker.session
from local_sagemaker.testing import XGBOOST, model_step, processing_step, transform_step
from local_sagemaker.tools.commands import __main__ as commands
from pipelines import get_pipeline_definition, run_pipeline

import pytest
from paths import ROOT

DEFINITIONS = ROOT / "tests" / "definitions"
MODULE = "pipelines.abalone.pipeline"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "give one of -n/--module-name and --definition"),
        (["-n", MODULE, "--definition", "x.json"], "give one of a SOURCE"),
        (["-n", MODULE, "--parameters", "Count"], "--parameters takes NAME=VALUE; got 'Count'"),
        (["-n", MODULE, "--parameters", "A=1", "A=2"], "parameter 'A' is given twice"),
        (
            ["-n", MODULE, "--parameters", "MseTreshold=4"],
            "unknown parameter 'MseTreshold'; did you mean 'MseThreshold'?",
        ),
        (["-n", MODULE, "--parameters", "MseThreshold=low"], "parameter 'MseThreshold' is Float; 'low' is not"),
        (["-n", MODULE, "--parameters", "InputDataUrl=nothing.csv"], "'nothing.csv' is not an s3:// URI"),
        (["-n", MODULE, "--parameters", "InputDataUrl=s3://nowhere/at-all"], "(parameter InputDataUrl) does not exist"),
        (
            ["-n", MODULE, "--parameters", "InputDataUrl="],
            "its value has 0 characters; it must have 1 to 1024; leave it out",
        ),
        (["-n", MODULE, "--parameters", "InputDataUrl=/dev/zero"], "'/dev/zero' is not an s3:// URI"),
        (["-n", MODULE, "--parameters", "InputDataUrl=" + "x" * 300], "is not an s3:// URI"),
        (["-n", MODULE, "--parameters", "InputDataUrl=~nobody-here/x"], "is not an s3:// URI"),
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
        (["-n", ""], "'' is not a module"),
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
def test_an_invalid_pipeline_name_is_refused(name, capsys, tmp_path):
    file = tmp_path / "definition.json"
    file.write_text('{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail"}]}')

    assert run_pipeline.main(["--definition", str(file), "--pipeline-name", name, "--local", str(tmp_path / "r")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "suggestion"), [("my pipeline.v2", "my-pipeline-v2"), ("_x_", "x"), ("---", "my-pipeline")]
)
def test_a_file_whose_name_makes_no_pipeline_name_gets_a_suggestion(name, suggestion, capsys, tmp_path):
    file = tmp_path / f"{name}.json"
    file.write_text('{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail"}]}')

    assert run_pipeline.main(["--definition", str(file), "--local", str(tmp_path / "r")]) == 2
    assert f"use --pipeline-name {suggestion}\n" in capsys.readouterr().err


NOWHERE = "arn:aws:sagemaker:us-east-1:111122223333:model-package-group/Shells"
SPECIFICATION = {
    "Containers": [{"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


def unready_definition(tmp_path):
    """Write a definition that nothing on this machine is ready for; return its path."""
    session = local_sagemaker.session.open(tmp_path / "another")
    steps = [
        processing_step("TooMany", session, "pass", instance_count=33),
        {"Name": "Function", "Type": "Lambda", "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:nothing"},
        {
            "Name": "Elsewhere",
            "Type": "RegisterModel",
            "Arguments": {"ModelPackageGroupName": NOWHERE, "InferenceSpecification": SPECIFICATION},
        },
        {
            "Name": "Unversioned",
            "Type": "RegisterModel",
            "Arguments": {"ModelPackageName": "x", "InferenceSpecification": SPECIFICATION},
        },
        transform_step("Transform", "no-model", "s3://bucket/nothing", "s3://bucket/out"),
        model_step("Model", "s3://bucket/model.tar.gz", image="111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1"),
    ]
    file = tmp_path / "unready.json"
    file.write_text(json.dumps({"Version": "2020-12-01", "Steps": steps}))
    return str(file)


@pytest.mark.parametrize("mode", [["--dry-run"], []])
def test_everything_that_is_missing_is_reported_at_once_before_anything_is_created(mode, capsys, tmp_path):
    root = tmp_path / "root"

    assert run_pipeline.main(["--definition", unready_definition(tmp_path), "--local", str(root), *mode]) == 2

    error = capsys.readouterr().err
    for message in (
        "for 8 reasons",
        "ClusterConfig.InstanceCount is not supported here: a job has at most 32 instances",
        "step 'TooMany': input 'code' 's3://testing-bucket/code/TooMany.py' does not exist here",
        "step 'Function': no Lambda function 'nothing' on this machine",
        f"step 'Elsewhere': {NOWHERE} is not a model-package-group of this account",
        "Steps[3].Arguments.ModelPackageName is not supported here",
        "step 'Transform': the model 'no-model' does not exist here",
        "step 'Transform': the input 's3://bucket/nothing' does not exist here",
        "is not available on this machine",
    ):
        assert message in error
    assert local_sagemaker.session.open(root).client("sagemaker").list_pipelines()["PipelineSummaries"] == []


def test_a_dry_run_of_a_module_needs_none_of_its_uploads(capsys, tmp_path):
    assert run_pipeline.main(["-n", MODULE, "--local", str(tmp_path / "root"), "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["uploads"]


@pytest.mark.parametrize("mode", ["--dry-run", "--no-wait"])
def test_what_has_no_effect_is_reported_once(mode, capsys, tmp_path):
    file = tmp_path / "definition.json"
    experiment = {"MlflowConfig": {"MlflowExperimentName": "mine"}}
    file.write_text(json.dumps({"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail"}], **experiment}))

    assert run_pipeline.main(["--definition", str(file), "--local", str(tmp_path / "root"), mode]) == 0

    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note:")]
    assert [note.split()[1] for note in notes] == ["MlflowConfig"]


def test_help_shows_examples(capsys):
    for command in (run_pipeline, get_pipeline_definition):
        with pytest.raises(SystemExit) as exit_info:
            command.main(["--help"])
        assert exit_info.value.code == 0
        assert "examples:" in capsys.readouterr().out


def test_invalid_parameter_values_are_refused_before_anything_is_created(capsys, tmp_path):
    file = tmp_path / "definition.json"
    steps = [
        {"Name": "A", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": {"Get": "Parameters.Group"}}}
    ]
    parameters = [{"Name": "Group", "Type": "String", "DefaultValue": "G"}]
    file.write_text(json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": steps}))
    root = tmp_path / "root"

    for value, message in (("", "its value has 0 characters"), ("x" * 1025, "its value has 1025 characters")):
        argv = ["--definition", str(file), "--local", str(root), "--parameters", f"Group={value}"]
        assert run_pipeline.main(argv) == 2
        output = capsys.readouterr()
        assert output.out == ""
        assert "Group" in output.err and message in output.err
    assert local_sagemaker.session.open(root).client("sagemaker").list_pipelines()["PipelineSummaries"] == []


def with_members(step_type, **members):
    """Return the abalone pipeline's definition, in which each step of a type has other members."""
    definition = json.loads((DEFINITIONS / "abalone.json").read_text())
    for step in definition["Steps"]:
        if step["Type"] == step_type:
            step |= members
    return definition


def nested_conditions(depth):
    """Return a definition of conditions, each in a branch of the one before."""
    condition = {"Type": "Equals", "LeftValue": {"Get": "Execution.PipelineName"}, "RightValue": "x"}
    text = '{"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}'
    for number in range(depth):
        arguments = f'{{"Conditions": [{json.dumps(condition)}], "IfSteps": [{text}], "ElseSteps": []}}'
        text = f'{{"Name": "C{number}", "Type": "Condition", "Arguments": {arguments}}}'
    return f'{{"Version": "2020-12-01", "Steps": [{text}]}}'


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (with_members("Condition", Arguments={"Conditions": [], "ElseSteps": "x"}), "ElseSteps must be a list"),
        (with_members("Condition", Arguments={"Conditions": [], "IfSteps": [None]}), "IfSteps[0] must be an object"),
        (with_members("Processing", PropertyFiles=[None]), "PropertyFiles[0] must be an object; it is null"),
        (with_members("QualityCheck", CheckType={}), "CheckType must be a string"),
        (with_members("QualityCheck", SkipCheck={"Get": "Parameters."}), "SkipCheck"),
        (with_members("ClarifyCheck", SuppliedBaselineConstraints={"Get": 5}), "SuppliedBaselineConstraints"),
        (nested_conditions(500), "cannot be read: "),
    ],
    ids=[
        "else-steps",
        "null-step",
        "property-files",
        "check-type",
        "check-parameter",
        "supplied-baseline",
        "nested-conditions",
    ],
)
def test_a_wrong_definition_is_linted_before_anything_else_reads_it(definition, message, capsys, tmp_path):
    file = tmp_path / "definition.json"
    file.write_text(definition if isinstance(definition, str) else json.dumps(definition))

    assert run_pipeline.main(["--definition", str(file), "--local", str(tmp_path / "root")]) == 2

    assert message in capsys.readouterr().err


def test_a_module_of_the_working_folder_may_return_the_sdks_own_pipeline(tmp_path, monkeypatch, capsys):
    shutil.copy(ROOT / "tests" / "harness" / "sdk_pipeline.py", tmp_path / "mine.py")
    monkeypatch.chdir(tmp_path)

    code = run_pipeline.main(["-n", "mine", "--local", "--parameters", "Reason=enough"])

    result = json.loads(capsys.readouterr().out)
    assert (code, result["pipeline"], result["status"]) == (1, "Mine", "Failed")
    assert "enough" in json.dumps(result["steps"])
    code = commands.main(["diff", "deployed:Mine", "mine", "--local", "--exit-code"])
    assert (code, json.loads(capsys.readouterr().out)) == (0, {"changes": []})
