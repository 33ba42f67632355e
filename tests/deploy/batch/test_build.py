"""Runs deploy/batch/build.py as the workflow does, with two profiles and a moto server for both accounts."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from paths import ROOT

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.credentials import NO_CREDENTIALS

from accounts import ARTIFACTS, GROUP, KEY_ARN, TARGET, TRAINING, parameters, put_parameters, register, write_profiles
from moto_over_http import REGION
from warm import program

BUILD = ROOT / "deploy" / "batch" / "build.py"
CONFIG = {
    "tf": BUILD.with_name("pre-prod-config.tfvars.json"),
    "cfn": BUILD.parent / "cloud_formation" / "pre-prod-config.json",
}
FLAGS = {
    "sagemaker-project-name": "shells", "sagemaker-project-id": "p-1", "model-package-group-name": GROUP,
    "stage": "staging", "environment": "preprod", "region": REGION, "training-id": TRAINING, "target-id": TARGET,
    "code": "tf", "export-config": "extended.json", "import-config": str(CONFIG["tf"]),
}  # fmt: skip


@pytest.fixture
def build(aws, accounts, tmp_path, monkeypatch):
    """Return a function that runs build.py, with other values for some of its flags."""
    write_profiles(aws, tmp_path / "credentials")
    signed_in = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_ENDPOINT_URL": aws.url}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    def run(*arguments, **changed):
        flags = FLAGS | {name.replace("_", "-"): value for name, value in changed.items()}
        values = [word for name, value in flags.items() if value is not None for word in (f"--{name}", value)]
        return subprocess.run(
            [*program(str(BUILD)), *values, *arguments], cwd=folder, env={**environment, **NO_CREDENTIALS, **signed_in},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    run.folder = folder
    return run


def test_it_writes_terraforms_variables_and_everything_they_name_exists(accounts, build):
    origin = register(accounts.training)

    done = build(pipeline_file="definition.json")

    assert done.returncode == 0, done.stderr
    exported = json.loads(build.folder.joinpath("extended.json").read_text())
    values = json.loads(done.stdout)
    assert exported == json.loads(CONFIG["tf"].read_text()) | values
    assert values["ReleasedFrom"] == origin
    assert values["ModelPackageName"].startswith(f"arn:aws:sagemaker:{REGION}:{TARGET}:model-package/")
    assert (values["BatchPipeline"], values["Environment"]) == ("shells-p-1-preprod", "preprod")
    assert (values["SubnetIds"], values["SGIds"]) == (["subnet-1", "subnet-2"], ["sg-1"])
    s3 = accounts.target.session.client("s3")
    definition = s3.get_object(Bucket=ARTIFACTS, Key=values["PipelineDefinitionS3Key"])["Body"].read().decode()
    assert definition == build.folder.joinpath("staging-definition.json").read_text().rstrip("\n")
    assert f"arn:aws:lambda:{REGION}:{TARGET}:function:{values['ApprovedModelFunction']}" in definition
    assert TRAINING not in definition
    for uri in uris(json.loads(definition)):
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if "/code/" in key:
            assert bucket == ARTIFACTS
            s3.head_object(Bucket=bucket, Key=key)
    code = s3.get_object(Bucket=ARTIFACTS, Key=values["ApprovedModelCodeS3Key"])["Body"].read()
    assert code.startswith(b"PK")
    assert "release" in done.stderr and "copy" in done.stderr


def uris(document):
    match document:
        case str() if document.startswith("s3://"):
            yield document
        case dict():
            for value in document.values():
                yield from uris(value)
        case list():
            for value in document:
                yield from uris(value)


def test_every_job_of_the_definition_has_the_accounts_security(accounts, build):
    register(accounts.training)
    put_parameters(accounts.target, {"/preprod/sagemaker_kms_key_arn": KEY_ARN})

    assert build().returncode == 0

    definition = json.loads(build.folder.joinpath("staging-pipelinedefinition.json").read_text())
    jobs = [step["Arguments"] for step in steps(definition["Steps"]) if step["Type"] == "Processing"]
    assert jobs
    for job in jobs:
        assert job["NetworkConfig"]["VpcConfig"] == {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
        assert job["NetworkConfig"]["EnableInterContainerTrafficEncryption"] is True
        assert job["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == KEY_ARN


def steps(listed):
    for step in listed:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from steps(step["Arguments"].get(branch, ()))


def test_for_cloudformation_it_writes_parameters(accounts, build):
    register(accounts.training)

    done = build(code="cfn", import_config=str(CONFIG["cfn"]))

    assert done.returncode == 0, done.stderr
    exported = dict(
        override.split("=", 1) for override in json.loads(build.folder.joinpath("extended.json").read_text())
    )
    assert exported["SubnetIds"] == "subnet-1,subnet-2"
    assert exported["FailOnViolation"] == "true"
    assert exported["ModelPackageGroupNameInLowerCase"] == GROUP.lower()
    assert "region" not in exported


def test_a_version_that_is_named_is_pinned(accounts, build):
    register(accounts.training)
    register(accounts.training)

    done = build(model_package_version="1")

    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)
    assert (values["PinModelPackage"], values["ModelPackageVersion"]) == (True, 1)
    assert values["ReleasedFrom"].endswith("/1")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"stage": "production"}, "argument --stage: invalid choice: 'production'"),
        ({"environment": "qa"}, "argument --environment: invalid choice: 'qa'"),
        ({"stage": "prod"}, "--stage prod goes with --environment prod, not preprod"),
        ({"target_id": "12345"}, "--target-id '12345' is not an account number; it has 12 digits"),
        ({"target_id": "333333333333"}, f"profile 'target' belongs to account {TARGET}, not to 333333333333"),
        ({"target_profile": "production"}, "production) could not be found; aws configure list-profiles"),
        ({"import_config": "nowhere.json"}, "there is no file 'nowhere.json'"),
        ({"import_config": str(BUILD)}, "is not valid JSON"),
        ({"code": "cfn"}, '{"Parameters": {NAME: VALUE}} for --code cfn'),
        (
            {"export_config": "nowhere/extended.json"},
            "--export-config 'nowhere/extended.json': its folder does not exist",
        ),
        (
            {"sagemaker_project_name": "my shells"},
            "'my shells' is invalid: use letters, digits and inner '-', at most 32",
        ),
        ({"target_id": TRAINING}, "--training-id and --target-id are the same account"),
        ({"pipeline_file": "out/definition.json"}, "'out/definition.json' is a path; give a file name"),
        ({"export_config": "."}, "--export-config '.': give a file that is not the import config"),
        ({"model_package_version": "0"}, "'0' is not a whole number from 1 on"),
        ({"sagemaker_project_id": ""}, "'' is invalid: use letters, digits and inner '-', at most 20"),
        ({"sagemaker_project_name": "shells-"}, "'shells-' is invalid"),
        (
            {"kwargs": '{"pipeline_name": "Mine"}'},
            "--kwargs may not set pipeline_name; the flags and the account set it",
        ),
        ({"stage": None}, "the following arguments are required: --stage"),
        ({"kwargs": '{"use_cse": "Churn"}'}, "takes no 'use_cse'; did you mean 'use_case'?"),
        ({"model_package_group_name": "Shells"}, "there is no model package group 'Shells'"),
    ],
)
def test_wrong_input_is_an_error_and_nothing_is_written(aws, accounts, build, changed, message):
    register(accounts.training)
    aws.calls.clear()

    done = build(**changed)

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(build.folder.iterdir())
    assert not [operation for _, operation in aws.calls if operation.startswith(("Put", "Create", "Update"))]


def test_without_base_infrastructure_the_error_says_what_to_apply(aws, accounts, build):
    register(accounts.training)
    names = list(parameters())
    accounts.target.session.client("ssm").delete_parameters(Names=names)

    done = build()

    assert done.returncode == 2
    assert "no SSM parameter '/preprod/sagemaker_ml_artifacts_s3_bucket'" in done.stderr
    assert "apply deploy/base there, with Environment = 'preprod'" in done.stderr


def test_a_failed_release_keeps_an_earlier_configuration(aws, accounts, build):
    register(accounts.training)
    build.folder.joinpath("extended.json").write_text("earlier")
    aws.errors["CreateModelPackage"] = [("AccessDeniedException", "no", 403)]

    done = build()

    assert done.returncode == 1
    assert "CreateModelPackage: AccessDeniedException" in done.stderr
    assert build.folder.joinpath("extended.json").read_text() == "earlier"


def test_help_has_an_example(build):
    done = build("--help")

    assert done.returncode == 0
    assert "--import-config deploy/batch/pre-prod-config.tfvars.json" in done.stdout
