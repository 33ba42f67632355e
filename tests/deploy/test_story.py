"""From one account to another and back to this machine: what is deployed scores here, with the released model."""

from __future__ import annotations

import csv
import json

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.session
from local_sagemaker.testing import finish
from local_sagemaker.tools.service import registry

import accounts as made
from accounts import ARTIFACTS, GROUP, TARGET, register
from handlers import handler_of, path_of
from model_versions import BUCKET, train_model
from model_versions import register as register_trained
from moto_over_http import REGION


@pytest.fixture(scope="module")
def version(abalone_csv, tmp_path_factory):
    return train_model(tmp_path_factory.mktemp("version") / "model", abalone_csv)


@pytest.fixture
def here(tmp_path):
    """This machine as the target account, with its function."""
    config, code = tmp_path / "local.toml", path_of("get_approved_model").parent
    config.write_text(
        f'region = "{REGION}"\naccount = "{TARGET}"\n\n[functions.sagemaker-shells-preprod-model]\n'
        f'code = "{code}"\nhandler = "handler.lambda_handler"\ntimeout = 60\n'
    )
    return local_sagemaker.session.open(tmp_path / "root", config)


def test_what_is_deployed_runs_here_on_the_model_that_was_released(
    aws, accounts, version, here, abalone_csv, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    made.profiles(aws, tmp_path / "credentials")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    accounts.training.session.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    register_trained(accounts.training.session, version)
    variables = made.released_package(tmp_path)
    given = json.loads(variables.read_text())

    brought_here(accounts.target, given, here)
    rows = abalone_csv.read_text().splitlines()[:300]
    here.client("s3").put_object(Bucket="batches", Key="shells.csv", Body="\n".join(rows).encode())
    started = here.client("sagemaker").start_pipeline_execution(
        PipelineName=given["BatchPipeline"],
        PipelineParameters=[{"Name": "InputDataUrl", "Value": "s3://batches/shells.csv"}],
    )
    ran = finish(here, started["PipelineExecutionArn"])

    assert ran.status == "Succeeded", ran
    found = here.client("s3").list_objects_v2(Bucket=ARTIFACTS, Prefix="shells-p-1/batch/")["Contents"]
    (scores,) = [one["Key"] for one in found if one["Key"].endswith("shells.csv.out")]
    text = here.client("s3").get_object(Bucket=ARTIFACTS, Key=scores)["Body"].read().decode()
    predicted = [float(prediction) for _, prediction in csv.reader(text.splitlines())]
    truth = [float(row.rpartition(",")[2]) for row in rows]
    errors = [(one - other) ** 2 for one, other in zip(predicted, truth, strict=True)]
    assert sum(errors) / len(errors) < 6, "it is that model"


def brought_here(target, given, here):
    """The definition, the model package and every object of the account, as they are there."""
    s3, client = target.session.client("s3"), here.client("sagemaker")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=ARTIFACTS):
        for one in page["Contents"]:
            body = s3.get_object(Bucket=ARTIFACTS, Key=one["Key"])["Body"].read()
            here.client("s3").put_object(Bucket=ARTIFACTS, Key=one["Key"], Body=body)
    package = target.client.describe_model_package(ModelPackageName=given["ModelPackageName"])
    members = ("InferenceSpecification", "DriftCheckBaselines", "CustomerMetadataProperties", "ModelApprovalStatus")
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    client.create_model_package(ModelPackageGroupName=GROUP, **{name: package[name] for name in members})
    key = given["PipelineDefinitionS3Key"]
    definition = s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read().decode()
    client.create_pipeline(
        PipelineName=given["BatchPipeline"], RoleArn=given["ExecutionRoleArn"], PipelineDefinition=definition
    )


@pytest.fixture
def looked_up(accounts, monkeypatch):
    """What the deployed function would give back in the target account: the version's number."""
    module = handler_of("get_approved_model")

    def look(pinned=None):
        with monkeypatch.context() as patch:
            if pinned:
                patch.setenv("MODEL_PACKAGE_VERSION", str(pinned))
            event = {"model_package_group_name": GROUP}
            return module.lambda_handler(event, None, accounts.target.client)["ModelPackageVersion"]

    return look


def test_back_to_the_version_before_by_rejecting_the_newer_one(accounts, released, looked_up):
    """At once, and with no deployment: the next execution looks up what is approved then."""
    released()
    register(accounts.training)
    released()
    assert looked_up() == 2

    newest = registry.find(accounts.target, GROUP, "Approved")
    registry.decide(accounts.target, newest, "Rejected", "its scores are off")

    assert looked_up() == 1


def test_back_to_the_version_before_by_deploying_it(accounts, released, looked_up):
    """And staying with it, whatever is approved later; tests of Terraform show how the function is told."""
    released()
    register(accounts.training)
    released()

    given = json.loads(released("--model-package-version", "1").read_text())

    assert given["PinModelPackage"] is True
    assert (looked_up(), looked_up(given["ModelPackageVersion"])) == (2, 1)
