"""codebuild-buildspec.yml: its phases, run as CodeBuild runs them, against AWS as moto stands for it."""

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
    """Run the phases, all in one shell as CodeBuild does, until a command fails; how that ended."""
    folder = tmp_path / "source"
    folder.mkdir()
    return lambda **changed: codebuild.build("codebuild-buildspec.yml", folder, codebuild.project(aws) | changed)


@pytest.fixture
def artefact(tmp_path):
    """One of the files that the build leaves."""
    return lambda name: json.loads(tmp_path.joinpath("source", name).read_text())


def test_the_first_build_creates_the_projects_pipeline_and_runs_it(aws, build, artefact, tmp_path):
    aws.projects["shells"] = [{"Key": "cost-centre", "Value": "42"}]

    done = build()

    assert done.returncode == 0, done.stderr
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


def given(client):
    """What the newest execution was started with."""
    executions = client.list_pipeline_executions(PipelineName=NAME)["PipelineExecutionSummaries"]
    newest = max(executions, key=lambda one: one["StartTime"])["PipelineExecutionArn"]
    found = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=newest)["PipelineParameters"] or []
    return {one["Name"]: one["Value"] for one in found}


def test_drift_is_checked_on_every_build_but_the_first(aws, build, artefact):
    client = aws.client("sagemaker")
    assert build().returncode == 0
    assert given(client)["SkipDataQualityCheck"] == "True"

    files = {kind: {"ContentType": "application/json", "S3Uri": f"s3://{BUCKET}/{kind}"} for kind in BASELINE}
    client.create_model_package_group(ModelPackageGroupName=NAME)
    client.create_model_package(
        ModelPackageGroupName=NAME, ModelApprovalStatus="Approved", DriftCheckBaselines={"ModelDataQuality": files}
    )
    done = build()

    assert done.returncode == 0, done.stderr
    assert given(client).get("SkipDataQualityCheck", "False") == "False"
    assert artefact("diff.json")["changes"] == []


BASELINE = ("Statistics", "Constraints")


def test_a_definition_that_would_fail_ends_the_build_before_anything_is_tested_or_deployed(aws, build):
    done = build(PIPELINE_MODULE="pipelines.abalon.pipeline")

    assert done.returncode == 2
    assert "did you mean 'pipelines.abalone.pipeline'" in done.stderr
    assert aws.client("sagemaker").list_pipelines()["PipelineSummaries"] == []


def test_the_build_fails_as_the_command_does(aws, build):
    aws.refusals["StartPipelineExecution"] = [("ResourceLimitExceeded", "no more today", 400)]

    done = build()

    assert done.returncode == 1
    assert "higher quota" in done.stderr


def test_in_codepipeline_it_starts_nothing_and_says_what_it_can_be_started_with(aws, build, artefact, tmp_path):
    etl = tmp_path / "etl"
    etl.joinpath("notes").mkdir(parents=True)
    etl.joinpath("notes", "of-the-data.txt").write_text("in grams")

    done = build(RUN_OPTIONS="--no-start", MORE_KWARGS='"base_job_prefix": "own"', CODEBUILD_SRC_DIR_Etl=str(etl))

    assert done.returncode == 0, done.stderr
    report = artefact("report.json")
    assert (report["pipeline"], report["done"], report["action"]) == (NAME, True, "create")
    assert report["parameters"]["SkipDataQualityCheck"] == "True", "of a first run"
    client = aws.client("sagemaker")
    assert "/own/" in client.describe_pipeline(PipelineName=NAME)["PipelineDefinition"]
    assert client.list_pipeline_executions(PipelineName=NAME)["PipelineExecutionSummaries"] == []
    assert tmp_path.joinpath("source", "notes", "of-the-data.txt").is_file()


def test_the_pipeline_that_monitors_endpoints_is_made_where_it_is_asked_for(aws, build):
    done = build(RUN_OPTIONS="--no-start", MONITOR_PIPELINE_NAME="shells-monitor")

    assert done.returncode == 0, done.stderr
    found = json.loads(aws.client("sagemaker").describe_pipeline(PipelineName="shells-monitor")["PipelineDefinition"])
    assert f'"model_package_group_name": "{NAME}"' in json.dumps(found)
    assert f"s3://{BUCKET}/shells-monitor/baselines" in json.dumps(found)


def test_what_it_installs_and_tests_is_there(build, tmp_path):
    assert build().returncode == 0

    installed, tested = tmp_path.joinpath("called").read_text().splitlines()
    assert installed.startswith("pip install") and " . " in installed
    environments = tested.removeprefix("tox -e ").split(",")
    for name in environments:
        assert f"[testenv:{name}]" in (ROOT / "tox.ini").read_text()


def test_its_python_is_one_that_the_project_runs_on():
    assert float(SPEC["phases"]["install"]["runtime-versions"]["python"]) >= 3.11
