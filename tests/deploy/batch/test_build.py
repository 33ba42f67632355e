"""deploy/batch/build.py as the workflow runs it, with two profiles, on a moto server that stands for both accounts."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from paths import ROOT

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.credentials import NONE as NO_CREDENTIALS

from accounts import ARTIFACTS, GROUP, KEY_ARN, TARGET, TRAINING, parameters, profiles, put_parameters, register
from moto_over_http import REGION
from warm import program

BUILD = ROOT / "deploy" / "batch" / "build.py"
CONFIG = {
    "tf": BUILD.with_name("pre-prod-config.tfvars.json"),
    "cfn": BUILD.parent / "cloud_formation" / "pre-prod-config.json",
}
GIVEN = {
    "sagemaker-project-name": "shells", "sagemaker-project-id": "p-1", "model-package-group-name": GROUP,
    "stage": "staging", "environment": "preprod", "region": REGION, "training-id": TRAINING, "target-id": TARGET,
    "code": "tf", "export-config": "extended.json", "import-config": str(CONFIG["tf"]),
}  # fmt: skip


@pytest.fixture
def build(aws, accounts, tmp_path, monkeypatch):
    """Run it, with other values for some of its flags."""
    profiles(aws, tmp_path / "credentials")
    signed_in = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_ENDPOINT_URL": aws.url}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    def run(*words, **changed):
        flags = GIVEN | {name.replace("_", "-"): value for name, value in changed.items()}
        given = [word for name, value in flags.items() if value is not None for word in (f"--{name}", value)]
        return subprocess.run(
            [*program(str(BUILD)), *given, *words], cwd=folder, env={**kept, **NO_CREDENTIALS, **signed_in},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    run.folder = folder
    return run


def test_it_writes_what_terraform_needs_and_all_that_it_names_is_there(accounts, build):
    origin = register(accounts.training)

    done = build(pipeline_file="definition.json")

    assert done.returncode == 0, done.stderr
    exported = json.loads(build.folder.joinpath("extended.json").read_text())
    found = json.loads(done.stdout)
    assert exported == json.loads(CONFIG["tf"].read_text()) | found
    assert found["ReleasedFrom"] == origin
    assert found["ModelPackageName"].startswith(f"arn:aws:sagemaker:{REGION}:{TARGET}:model-package/")
    assert (found["BatchPipeline"], found["Environment"]) == ("shells-p-1-preprod", "preprod")
    assert (found["SubnetIds"], found["SGIds"]) == (["subnet-1", "subnet-2"], ["sg-1"])
    s3 = accounts.target.session.client("s3")
    definition = s3.get_object(Bucket=ARTIFACTS, Key=found["PipelineDefinitionS3Key"])["Body"].read().decode()
    assert definition == build.folder.joinpath("staging-definition.json").read_text().rstrip("\n")
    assert f"arn:aws:lambda:{REGION}:{TARGET}:function:{found['ApprovedModelFunction']}" in definition
    assert TRAINING not in definition
    for uri in uris(json.loads(definition)):
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if "/code/" in key:
            assert bucket == ARTIFACTS
            s3.head_object(Bucket=bucket, Key=key)
    code = s3.get_object(Bucket=ARTIFACTS, Key=found["ApprovedModelCodeS3Key"])["Body"].read()
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


def steps(found):
    for step in found:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from steps(step["Arguments"].get(branch, ()))


def test_for_cloudformation_it_writes_parameters(accounts, build):
    register(accounts.training)

    done = build(code="cfn", import_config=str(CONFIG["cfn"]))

    assert done.returncode == 0, done.stderr
    exported = dict(one.split("=", 1) for one in json.loads(build.folder.joinpath("extended.json").read_text()))
    assert exported["SubnetIds"] == "subnet-1,subnet-2"
    assert exported["FailOnViolation"] == "true"
    assert exported["ModelPackageGroupNameInLowerCase"] == GROUP.lower()
    assert "region" not in exported


def test_a_version_that_is_named_is_pinned(accounts, build):
    register(accounts.training)
    register(accounts.training)

    done = build(model_package_version="1")

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["PinModelPackage"], found["ModelPackageVersion"]) == (True, 1)
    assert found["ReleasedFrom"].endswith("/1")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"stage": "production"}, "argument --stage: invalid choice: 'production'"),
        ({"environment": "qa"}, "argument --environment: invalid choice: 'qa'"),
        ({"stage": "prod"}, "--stage prod goes with --environment prod, not preprod"),
        ({"target_id": "12345"}, "--target-id '12345' is no account's number, which has 12 digits"),
        ({"target_id": "333333333333"}, f"profile 'target' is of account {TARGET}, and not of 333333333333"),
        ({"target_profile": "production"}, "production) could not be found; aws configure list-profiles"),
        ({"import_config": "nowhere.json"}, "there is no file 'nowhere.json'"),
        ({"import_config": str(BUILD)}, "is no JSON"),
        ({"code": "cfn"}, '{"Parameters": {NAME: VALUE}} for --code cfn'),
        (
            {"export_config": "nowhere/extended.json"},
            "--export-config 'nowhere/extended.json': there is no such folder",
        ),
        ({"sagemaker_project_name": "my shells"}, "'my shells' is none: letters, digits and inner '-', 32 at most"),
        ({"target_id": TRAINING}, "--training-id and --target-id are one account"),
        ({"pipeline_file": "out/definition.json"}, "'out/definition.json' is a path, and has to be a file's name"),
        ({"export_config": "."}, "--export-config '.': it has to be a file of its own"),
        ({"model_package_version": "0"}, "'0' is no whole number from 1 on"),
        ({"sagemaker_project_id": ""}, "'' is none: letters, digits and inner '-', 20 at most"),
        ({"sagemaker_project_name": "shells-"}, "'shells-' is none"),
        ({"kwargs": '{"pipeline_name": "Mine"}'}, "--kwargs may not set pipeline_name: the flags and the account do"),
        ({"stage": None}, "the following arguments are required: --stage"),
        ({"kwargs": '{"use_cse": "Churn"}'}, "takes no 'use_cse'; did you mean 'use_case'?"),
        ({"model_package_group_name": "Shells"}, "there is no model package group 'Shells'"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(aws, accounts, build, changed, message):
    register(accounts.training)
    aws.calls.clear()

    done = build(**changed)

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(build.folder.iterdir())
    assert not [operation for _, operation in aws.calls if operation.startswith(("Put", "Create", "Update"))]


def test_an_account_without_base_infrastructure_is_told_what_to_apply(aws, accounts, build):
    register(accounts.training)
    names = list(parameters())
    accounts.target.session.client("ssm").delete_parameters(Names=names)

    done = build()

    assert done.returncode == 2
    assert "no SSM parameter '/preprod/sagemaker_ml_artifacts_s3_bucket'" in done.stderr
    assert "apply deploy/base there, with Environment = 'preprod'" in done.stderr


def test_a_release_that_fails_leaves_an_earlier_configuration_as_it_is(aws, accounts, build):
    register(accounts.training)
    build.folder.joinpath("extended.json").write_text("earlier")
    aws.refusals["CreateModelPackage"] = [("AccessDeniedException", "no", 403)]

    done = build()

    assert done.returncode == 1
    assert "CreateModelPackage: AccessDeniedException" in done.stderr
    assert build.folder.joinpath("extended.json").read_text() == "earlier"


def test_help_teaches(build):
    done = build("--help")

    assert done.returncode == 0
    assert "--import-config deploy/batch/pre-prod-config.tfvars.json" in done.stdout
