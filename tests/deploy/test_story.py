"""Releases a model from one account to another, and scores with the deployed pipeline on this machine."""

from __future__ import annotations

import csv
import json

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.session
from local_sagemaker.testing import wait_for_end
from local_sagemaker.tools.service import registry

import accounts as harness
from accounts import ARTIFACTS, GROUP, TARGET, register
from handlers import handler_path, load_handler
from model_versions import BUCKET, train_model
from model_versions import register as register_trained
from moto_over_http import REGION


@pytest.fixture(scope="module")
def version(abalone_csv, tmp_path_factory):
    return train_model(tmp_path_factory.mktemp("version") / "model", abalone_csv)


@pytest.fixture
def here(tmp_path):
    """Return a session of this machine as the target account, with its function."""
    config, code = tmp_path / "local.toml", handler_path("get_approved_model").parent
    config.write_text(
        f'region = "{REGION}"\naccount = "{TARGET}"\n\n[functions.sagemaker-shells-preprod-model]\n'
        f'code = "{code}"\nhandler = "handler.lambda_handler"\ntimeout = 60\n'
    )
    return local_sagemaker.session.open(tmp_path / "root", config)


def test_the_deployed_pipeline_runs_here_with_the_released_model(
    aws, accounts, version, here, abalone_csv, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    harness.write_profiles(aws, tmp_path / "credentials")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    accounts.training.session.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    register_trained(accounts.training.session, version)
    variables = harness.release_package(tmp_path)
    values = json.loads(variables.read_text())

    copy_here(accounts.target, values, here)
    rows = abalone_csv.read_text().splitlines()[:300]
    here.client("s3").put_object(Bucket="batches", Key="shells.csv", Body="\n".join(rows).encode())
    response = here.client("sagemaker").start_pipeline_execution(
        PipelineName=values["BatchPipeline"],
        PipelineParameters=[{"Name": "InputDataUrl", "Value": "s3://batches/shells.csv"}],
    )
    execution = wait_for_end(here, response["PipelineExecutionArn"])

    assert execution.status == "Succeeded", execution
    outputs = here.client("s3").list_objects_v2(Bucket=ARTIFACTS, Prefix="shells-p-1/batch/")["Contents"]
    (scores,) = [item["Key"] for item in outputs if item["Key"].endswith("shells.csv.out")]
    text = here.client("s3").get_object(Bucket=ARTIFACTS, Key=scores)["Body"].read().decode()
    predicted = [float(prediction) for _, prediction in csv.reader(text.splitlines())]
    labels = [float(row.rpartition(",")[2]) for row in rows]
    errors = [(prediction - label) ** 2 for prediction, label in zip(predicted, labels, strict=True)]
    assert sum(errors) / len(errors) < 6, "scored with the released model"


def copy_here(target, values, here):
    """Copy the definition, the model package and every object from the target account to this machine."""
    s3, client = target.session.client("s3"), here.client("sagemaker")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=ARTIFACTS):
        for item in page["Contents"]:
            body = s3.get_object(Bucket=ARTIFACTS, Key=item["Key"])["Body"].read()
            here.client("s3").put_object(Bucket=ARTIFACTS, Key=item["Key"], Body=body)
    package = target.client.describe_model_package(ModelPackageName=values["ModelPackageName"])
    members = ("InferenceSpecification", "DriftCheckBaselines", "CustomerMetadataProperties", "ModelApprovalStatus")
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    client.create_model_package(ModelPackageGroupName=GROUP, **{name: package[name] for name in members})
    key = values["PipelineDefinitionS3Key"]
    definition = s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read().decode()
    client.create_pipeline(
        PipelineName=values["BatchPipeline"], RoleArn=values["ExecutionRoleArn"], PipelineDefinition=definition
    )


@pytest.fixture
def look_up(accounts, monkeypatch):
    """Return a function that invokes the deployed look-up in the target account and returns the version's number."""
    module = load_handler("get_approved_model")

    def look(pinned=None):
        with monkeypatch.context() as patch:
            if pinned:
                patch.setenv("MODEL_PACKAGE_VERSION", str(pinned))
            event = {"model_package_group_name": GROUP}
            return module.lambda_handler(event, None, accounts.target.client)["ModelPackageVersion"]

    return look


def test_rejecting_a_version_restores_the_previous_one(accounts, run_release, look_up):
    """Without a deployment: the next execution looks up the previous version."""
    run_release()
    register(accounts.training)
    run_release()
    assert look_up() == 2

    newest = registry.find(accounts.target, GROUP, "Approved")
    registry.decide(accounts.target, newest, "Rejected", "its scores are off")

    assert look_up() == 1


def test_deploying_an_older_version_pins_it(accounts, run_release, look_up):
    """Even if a newer one is approved later; tests of Terraform show that the function gets the number."""
    run_release()
    register(accounts.training)
    run_release()

    values = json.loads(run_release("--model-package-version", "1").read_text())

    assert values["PinModelPackage"] is True
    assert (look_up(), look_up(values["ModelPackageVersion"])) == (2, 1)
