"""Tests codebuild-buildspec.yml: runs its phases as CodeBuild does, with moto instead of AWS."""

from __future__ import annotations

import json

import pytest
from paths import ROOT

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import codebuild
from moto_over_http import BUCKET

pytestmark = pytest.mark.long

SPEC = codebuild.spec("codebuild-buildspec.yml")
NAME = "shells-p-0123456789ab"


@pytest.fixture
def build(aws, tmp_path):
    """Return a function that runs the phases with other variables, and returns the finished process."""
    folder = tmp_path / "source"
    folder.mkdir()
    return lambda **variables: codebuild.build("codebuild-buildspec.yml", folder, codebuild.project(aws) | variables)


@pytest.fixture
def artefact(tmp_path):
    """Return a function that reads one of the build's artifacts."""
    return lambda name: json.loads(tmp_path.joinpath("source", name).read_text())


def test_the_first_build_creates_the_projects_pipeline_and_runs_it(aws, build, artefact, tmp_path):
    aws.projects["shells"] = [{"Key": "cost-centre", "Value": "42"}]

    process = build()

    assert process.returncode == 0, process.stderr
    assert artefact("report.json")["status"] == "Succeeded"
    client = aws.client("sagemaker")
    pipeline = client.describe_pipeline(PipelineName=NAME)
    tags = {t["Key"]: t["Value"] for t in client.list_tags(ResourceArn=pipeline["PipelineArn"])["Tags"]}
    assert tags == {
        "cost-centre": "42", "sagemaker:project-id": "p-0123456789ab", "sagemaker:project-name": "shells",
    }  # fmt: skip
    definition = artefact("definition.json")
    assert json.loads(pipeline["PipelineDefinition"])["Steps"] == definition["Steps"]
    assert f'"ModelPackageGroupName": "{NAME}"' in json.dumps(definition)
    assert {*SPEC["artifacts"]["files"]} == {path.name for path in tmp_path.glob("source/*.json")}


def parameters_of_newest(client):
    """Return the parameters of the newest execution: name -> value."""
    executions = client.list_pipeline_executions(PipelineName=NAME)["PipelineExecutionSummaries"]
    newest = max(executions, key=lambda execution: execution["StartTime"])["PipelineExecutionArn"]
    response = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=newest)
    return {parameter["Name"]: parameter["Value"] for parameter in response["PipelineParameters"] or []}


def test_drift_is_checked_on_every_build_but_the_first(aws, build, artefact):
    client = aws.client("sagemaker")
    assert build().returncode == 0
    assert parameters_of_newest(client)["SkipDataQualityCheck"] == "True"

    files = {name: {"ContentType": "application/json", "S3Uri": f"s3://{BUCKET}/{name}"} for name in BASELINE}
    client.create_model_package_group(ModelPackageGroupName=NAME)
    client.create_model_package(
        ModelPackageGroupName=NAME, ModelApprovalStatus="Approved", DriftCheckBaselines={"ModelDataQuality": files}
    )
    process = build()

    assert process.returncode == 0, process.stderr
    assert parameters_of_newest(client).get("SkipDataQualityCheck", "False") == "False"
    assert artefact("diff.json")["changes"] == []


BASELINE = ("Statistics", "Constraints")


def test_a_definition_that_would_fail_ends_the_build_before_anything_is_tested_or_deployed(aws, build):
    process = build(PIPELINE_MODULE="pipelines.abalon.pipeline")

    assert process.returncode == 2
    assert "did you mean 'pipelines.abalone.pipeline'" in process.stderr
    assert aws.client("sagemaker").list_pipelines()["PipelineSummaries"] == []


def test_the_build_fails_as_the_command_does(aws, build):
    aws.errors["StartPipelineExecution"] = [("ResourceLimitExceeded", "no more today", 400)]

    process = build()

    assert process.returncode == 1
    assert "higher quota" in process.stderr


def test_in_codepipeline_it_starts_nothing_and_writes_the_parameters_to_start_it_with(aws, build, artefact, tmp_path):
    etl = tmp_path / "etl"
    etl.joinpath("notes").mkdir(parents=True)
    etl.joinpath("notes", "of-the-data.txt").write_text("in grams")

    process = build(RUN_OPTIONS="--no-start", MORE_KWARGS='"base_job_prefix": "own"', CODEBUILD_SRC_DIR_Etl=str(etl))

    assert process.returncode == 0, process.stderr
    report = artefact("report.json")
    assert (report["pipeline"], report["done"], report["action"]) == (NAME, True, "create")
    assert report["parameters"]["SkipDataQualityCheck"] == "True", "of a first run"
    client = aws.client("sagemaker")
    assert "/own/" in client.describe_pipeline(PipelineName=NAME)["PipelineDefinition"]
    assert client.list_pipeline_executions(PipelineName=NAME)["PipelineExecutionSummaries"] == []
    assert tmp_path.joinpath("source", "notes", "of-the-data.txt").is_file()


def test_the_pipeline_that_monitors_endpoints_is_made_if_its_name_is_set(aws, build):
    process = build(RUN_OPTIONS="--no-start", MONITOR_PIPELINE_NAME="shells-monitor")

    assert process.returncode == 0, process.stderr
    pipeline = aws.client("sagemaker").describe_pipeline(PipelineName="shells-monitor")
    definition = json.dumps(json.loads(pipeline["PipelineDefinition"]))
    assert f'"model_package_group_name": "{NAME}"' in definition
    assert f"s3://{BUCKET}/shells-monitor/baselines" in definition


def test_it_installs_the_project_and_runs_existing_tox_environments(build, tmp_path):
    assert build().returncode == 0

    installation, tests = tmp_path.joinpath("called").read_text().splitlines()
    assert installation.startswith("pip install") and " . " in installation
    environments = tests.removeprefix("tox -e ").split(",")
    for name in environments:
        assert f"[testenv:{name}]" in (ROOT / "tox.ini").read_text()


def test_its_python_is_supported_by_the_project():
    assert float(SPEC["phases"]["install"]["runtime-versions"]["python"]) >= 3.11
