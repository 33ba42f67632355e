"""Tests the main job, end to end: one command trains on the real data, on this machine, without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
import stories
from paths import PYTHONPATH, ROOT
from source_code import OWN_PACKAGES
from warm import program

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.session
from local_sagemaker.project import known_modules
from local_sagemaker.tools.service import baselines
from pipelines.abalone.pipeline import get_pipeline
from pipelines.model_package import FILE_PROPERTIES, facts

MODULE = "pipelines.abalone.pipeline"
STEPS = [
    "PreprocessAbaloneData",
    "DataQualityCheckStep",
    "DataBiasCheckStep",
    "TrainAbaloneModel",
    "AbaloneCreateModel",
    "AbaloneTransform",
    "ModelQualityCheckStep",
    "ModelBiasCheckStep",
    "ModelExplainabilityCheckStep",
    "EvaluateAbaloneModel",
    "CheckMSEAbaloneEvaluation",
    "RegisterAbaloneModel",
]


@pytest.fixture
def run_pipeline(tmp_path):
    """Return a function that runs the command in a separate folder; none of its processes can use the network."""
    tmp_path.joinpath("sitecustomize.py").write_text(stories.NO_NETWORK)

    def run(*arguments):
        return subprocess.run(
            [*program("pipelines.run_pipeline"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), PYTHONPATH])},
        )

    return run


def test_one_command_trains_and_registers_on_the_real_data(trained, tmp_path):
    run = stories.begin(trained, tmp_path)

    assert run.returncode == 0, run.stderr
    result = run.result
    names = [s["name"] for s in result["steps"]]
    assert sorted(names) == sorted(STEPS)  # two of them run at the same time
    assert (names[0], names[-1]) == (STEPS[0], STEPS[-1])
    model = result["model_packages"][0]
    assert 4 < model["value"] < 6
    assert model["evaluation"]["regression_metrics"]["mse"]["value"] == model["value"] < model["naive"]
    assert model["threshold"] == 6.0
    for step in STEPS:
        assert f"{step} ..." in run.stderr

    root = tmp_path / ".local-sagemaker"
    package = (
        local_sagemaker.session.open(root).client("sagemaker").describe_model_package(ModelPackageName=model["arn"])
    )
    properties = facts(package)
    assert properties["PipelineExecutionArn"] == result["execution_arn"]
    for name in FILE_PROPERTIES:
        assert (root / "s3" / properties[name].removeprefix("s3://")).is_file()


@pytest.mark.usefixtures("abalone_csv")
def test_parameters_take_effect(run_pipeline, tmp_path):
    process = run_pipeline(
        "-n", MODULE, "--local", "root", "--parameters", "MseThreshold=3.5", "RandomSeed=3", "ProcessingInstanceCount=2"
    )

    assert process.returncode == 1
    result = json.loads(process.stdout)
    assert result["failure_reason"].startswith("the model's mse of 4.")
    assert result["failure_reason"].endswith("exceeds MseThreshold 3.5")
    assert result["model_packages"] == []
    job = next(tmp_path.glob("root/jobs/*-PreprocessAbaloneData-*"))
    assert "train: " in job.joinpath("algo-1.log").read_text()
    assert "nothing to do on this one" in job.joinpath("algo-2.log").read_text()
    training = next(tmp_path.glob("root/jobs/*-TrainAbaloneModel-*/request.json"))
    assert json.loads(training.read_text())["HyperParameters"]["seed"] == "3"


def test_bad_data_fail_in_their_step_and_register_nothing(run_pipeline, tmp_path):
    tmp_path.joinpath("shells.csv").write_text("M,0.455,wide,0.095,0.514,0.2245,0.101,0.15,15\n")

    process = run_pipeline("-n", MODULE, "--local", "root", "--parameters", "InputDataUrl=shells.csv")

    assert process.returncode == 1
    result = json.loads(process.stdout)
    assert [(s["name"], s["status"]) for s in result["steps"]] == [("PreprocessAbaloneData", "Failed")]
    assert "shells.csv, line 1, column 3 (diameter): 'wide' is not a number" in process.stderr
    assert "algo-1.log" in process.stderr
    assert result["model_packages"] == []


@pytest.mark.usefixtures("abalone_csv")
def test_a_session_upserts_starts_and_deletes_the_pipeline_as_notebooks_do(tmp_path):
    session = local_sagemaker.session.open(tmp_path, ROOT / "pipelines" / "local.toml")
    pipeline = get_pipeline("us-east-1", session=session)

    pipeline.upsert(tags=[{"Key": "team", "Value": "shells"}])
    settings = {"ModelApprovalStatus": "Approved", "RandomSeed": 1}
    parameters = baselines.parameters(session.client("sagemaker"), pipeline.definition(), settings)
    execution = pipeline.start(parameters=parameters)
    assert execution.describe()["PipelineExecutionStatus"] == "Executing"
    result = execution.wait()

    assert result["PipelineExecutionStatus"] == "Succeeded"
    assert {s["StepName"] for s in execution.list_steps()} == set(STEPS)
    values = {p["Name"]: p["Value"] for p in execution.list_parameters()["PipelineParameters"]}
    assert values["RandomSeed"] == "1"
    approved = session.client("sagemaker").list_model_packages(
        ModelPackageGroupName="AbalonePackageGroup", ModelApprovalStatus="Approved"
    )
    assert len(approved["ModelPackageSummaryList"]) == 1
    assert pipeline.upsert()["PipelineArn"].endswith("pipeline/AbalonePipeline")
    pipeline.delete()


def test_two_clones_compile_to_the_same_bytes(tmp_path):
    for clone in ("a", "b"):
        for package in OWN_PACKAGES:
            source = Path(str(files(package)))
            shutil.copytree(source, tmp_path / clone / package, ignore=shutil.ignore_patterns("__pycache__"))

    first, second = (
        subprocess.run(
            [*program("pipelines.get_pipeline_definition"), "-n", MODULE],
            capture_output=True, check=True, cwd=tmp_path / name,
            env={**os.environ, "AWS_REGION": "us-east-1", "PYTHONPATH": str(tmp_path / name)},
        ).stdout
        for name in ("a", "b")
    )  # fmt: skip

    assert first == second
    assert json.loads(first)["Steps"]


def test_every_use_case_has_its_tests():
    for module in known_modules():
        assert (ROOT / "tests" / "pipelines" / module.split(".")[1]).is_dir()
