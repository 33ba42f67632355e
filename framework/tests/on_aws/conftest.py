"""The commands as programs on AWS, as moto stands for it: with a role, an execution, a model."""

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
    """Run one of the three commands as a build server would, in a folder of its own."""

    def run(module, *words):
        return subprocess.run(
            [*program(module), *words], capture_output=True, text=True, check=False, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )  # fmt: skip

    return run


@pytest.fixture
def run_pipeline(command, role):
    def run(*words, **kwargs):
        given = json.dumps({"default_bucket": BUCKET, **kwargs})
        return command("pipelines.run_pipeline", "-n", MODULE, "-role-arn", role, "--kwargs", given, *words)

    return run


@pytest.fixture
def pipelines(command):
    return lambda *words: command("local_sagemaker.tools.commands.__main__", *words)


@pytest.fixture
def role(aws):
    return aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]


@pytest.fixture
def started(aws, role):
    """A pipeline with one execution; the execution's ARN."""
    client = aws.client("sagemaker")
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": GROUP}}
    definition = json.dumps({"Version": "2020-12-01", "Steps": [register]})
    client.create_pipeline(PipelineName="Shells", RoleArn=role, PipelineDefinition=definition)
    return client.start_pipeline_execution(PipelineName="Shells")["PipelineExecutionArn"]


@pytest.fixture
def model(aws):
    """A registered version as the pipeline registers one; its ARN."""
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
    made = client.create_model_package(
        ModelPackageGroupName=GROUP, ModelApprovalStatus="PendingManualApproval", CustomerMetadataProperties=FACTS,
        DriftCheckBaselines={"ModelDataQuality": sources},
    )  # fmt: skip
    return made["ModelPackageArn"]
