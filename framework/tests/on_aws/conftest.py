"""Provides fixtures that run the commands as programs against moto, with a role, an execution and a model."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from paths import PYTHONPATH

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")
from moto_over_http import BUCKET
from warm import program

MODULE = "pipelines.abalone.pipeline"
GROUP = "AbalonePackageGroup"
FACTS = {
    "Metric": "regression_metrics.mse.value",
    "Threshold": "6.0",
    "EvaluationUri": f"s3://{BUCKET}/evaluation/evaluation.json",
    "InputDataUrl": f"s3://{BUCKET}/shells.csv",
    "CodeHash": "c0de",
}
BASELINE = {name: f"s3://{BUCKET}/baseline/{name}" for name in ("Statistics", "Constraints")}


@pytest.fixture
def command(tmp_path):
    """Return a function that runs one of the commands in a separate folder, as a build server would."""

    def run(module, *arguments):
        return subprocess.run(
            [*program(module), *arguments], capture_output=True, text=True, check=False, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )  # fmt: skip

    return run


@pytest.fixture
def run_pipeline(command, role):
    def run(*arguments, **kwargs):
        kwargs_json = json.dumps({"default_bucket": BUCKET, **kwargs})
        return command("pipelines.run_pipeline", "-n", MODULE, "-role-arn", role, "--kwargs", kwargs_json, *arguments)

    return run


@pytest.fixture
def pipelines(command):
    return lambda *arguments: command("local_sagemaker.tools.commands.__main__", *arguments)


@pytest.fixture
def role(aws):
    return aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]


@pytest.fixture
def execution_arn(aws, role):
    """Create a pipeline with one execution; return the execution's ARN."""
    client = aws.client("sagemaker")
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": GROUP}}
    definition = json.dumps({"Version": "2020-12-01", "Steps": [register]})
    client.create_pipeline(PipelineName="Shells", RoleArn=role, PipelineDefinition=definition)
    return client.start_pipeline_execution(PipelineName="Shells")["PipelineExecutionArn"]


@pytest.fixture
def model_arn(aws):
    """Register a version as the pipeline does; return its ARN."""
    evaluation = {
        "regression_metrics": {"mse": {"value": 4.5}},
        "naive_baseline": {"regression_metrics": {"mse": {"value": 10.4}}},
    }
    aws.client("s3").put_object(Bucket=BUCKET, Key="evaluation/evaluation.json", Body=json.dumps(evaluation))
    for name in BASELINE:
        aws.client("s3").put_object(Bucket=BUCKET, Key=f"baseline/{name}", Body=b"{}")
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    sources = {name: {"ContentType": "application/json", "S3Uri": uri} for name, uri in BASELINE.items()}
    created = client.create_model_package(
        ModelPackageGroupName=GROUP, ModelApprovalStatus="PendingManualApproval", CustomerMetadataProperties=FACTS,
        DriftCheckBaselines={"ModelDataQuality": sources},
    )  # fmt: skip
    return created["ModelPackageArn"]
