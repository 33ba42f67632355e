"""Sets up two accounts on one moto server: one that trains, and one that models are deployed to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.batch import build
from local_sagemaker.tools.service import registry
from local_sagemaker.tools.targets import Target
from pipelines import model_package

import boto3
import botocore.session
from moto_over_http import REGION, Aws
from paths import ROOT

TRAINING, TARGET = "111111111111", "222222222222"
GROUP = "AbalonePackageGroup"
MODELS, ARTIFACTS = "models-of-training", "mlops-preprod"
KEY_ARN = f"arn:aws:kms:{REGION}:{TARGET}:key/11111111-2222-3333-4444-555555555555"
ROLE_ARN = f"arn:aws:iam::{TARGET}:role/sagemaker-preprod-execution"
IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0"
#: The files of one model version: key in the training account's bucket -> content.
FILES = {
    "train/model.tar.gz": b"a model",
    "train/sourcedir.tar.gz": b"its code",
    "prepare/featurizer.json": b'{"columns": []}',
    "prepare/baseline.csv": b"length\n0.4\n",
    "prepare/test.csv": b"9,0.4\n",
    "evaluate/evaluation.json": b'{"regression_metrics": {"mse": {"value": 4.5}}}',
    "check/statistics.json": b"{}",
    "check/constraints.json": b'{"version": 0.0}',
    "check/analysis_config.json": b'{"methods": {}}',
}


def credentials(aws: Aws, account: str) -> dict[str, str]:
    """Return the credentials of a role in an account, as boto3.Session takes them."""
    arn = f"arn:aws:iam::{account}:role/deployment"
    keys = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="testing")["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def account(aws: Aws, number: str) -> Target:
    """Return the account with a session, as commands use it."""
    core = botocore.session.Session()
    core.register_component("data_loader", _LOADER)
    return Target(boto3.Session(**credentials(aws, number), region_name=REGION, botocore_session=core))


#: Reads the services' models once for all sessions; they take most of the time of making a client.
_LOADER = botocore.session.Session().get_component("data_loader")


def write_profiles(aws: Aws, file: Path) -> None:
    """Write a credentials file with the profiles dev and target."""
    lines = []
    for name, number in {"dev": TRAINING, "target": TARGET}.items():
        lines += [f"[{name}]", *(f"{member} = {value}" for member, value in credentials(aws, number).items())]
    file.write_text("\n".join(lines) + "\n")


def make_bucket(account: Target, name: str) -> None:
    """Make a bucket in the account."""
    account.session.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})


def make_buckets(training: Target, target: Target) -> None:
    """Make the buckets of both accounts, with the version's files in the training account's."""
    make_bucket(training, MODELS)
    make_bucket(target, ARTIFACTS)
    for key, content in FILES.items():
        training.session.client("s3").put_object(Bucket=MODELS, Key=key, Body=content)


def register(training: Target, status: str = "Approved", reason: str = "", **changes: Any) -> str:
    """Register a version in the training account, as a pipeline with all checks does; return its ARN.

    Args:
        training: the account.
        status: the version's approval status.
        reason: the approval's description.
        changes: members of CreateModelPackage with other values.
    """
    names = [
        g["ModelPackageGroupName"] for g in training.client.list_model_package_groups()["ModelPackageGroupSummaryList"]
    ]
    if GROUP not in names:
        training.client.create_model_package_group(ModelPackageGroupName=GROUP)
    group = {"ModelPackageGroupName": GROUP, "ModelApprovalStatus": registry.PENDING}
    arn = training.client.create_model_package(**request() | group | changes)["ModelPackageArn"]
    registry.decide(training, {"ModelPackageArn": arn}, status, reason)
    return str(arn)


def request() -> dict[str, Any]:
    """Return the request of CreateModelPackage, without group and approval status."""
    facts = dict.fromkeys(model_package.PROPERTIES, "of no interest") | {
        "ProblemType": "Regression",
        "FeaturizerUri": uri("prepare/featurizer.json"),
        "BaselineDataUri": uri("prepare/baseline.csv"),
        "TestDataUri": uri("prepare/test.csv"),
        "EvaluationUri": uri("evaluate/evaluation.json"),
        "InputDataUrl": "s3://a-public-bucket/shells.csv",
    }
    quality = {"Statistics": _source("check/statistics.json"), "Constraints": _source("check/constraints.json")}
    container = {
        "Image": IMAGE,
        "ModelDataUrl": uri("train/model.tar.gz"),
        "Environment": {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": uri("train/sourcedir.tar.gz")},
    }
    return {
        "CustomerMetadataProperties": facts,
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "ModelMetrics": {"ModelDataQuality": quality, "ModelQuality": quality},
        "DriftCheckBaselines": {
            "ModelDataQuality": quality,
            "ModelQuality": quality,
            "Bias": {"ConfigFile": {"S3Uri": uri("check/analysis_config.json"), "ContentType": "application/json"}},
        },
        "ModelPackageDescription": "shells",
    }


def uri(key: str) -> str:
    """Return the URI of a key in the training account's bucket."""
    return f"s3://{MODELS}/{key}"


def _source(key: str) -> dict[str, str]:
    return {"S3Uri": uri(key), "ContentType": "application/json"}


def parameters(environment: str = "preprod", **changes: str) -> dict[str, str]:
    """Return the SSM parameters that deploy/base makes: name -> value."""
    return {
        f"/{environment}/sagemaker_ml_artifacts_s3_bucket": ARTIFACTS,
        f"/{environment}/sagemaker_role_arn": ROLE_ARN,
        "sagemaker-domain-sg": "sg-1",
        "private-subnets-ids": "subnet-1,subnet-2",
    } | changes


def put_parameters(target: Target, values: dict[str, str]) -> None:
    """Write SSM parameters."""
    for name, value in values.items():
        target.session.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def make_role(target: Target) -> None:
    """Make the role of the target account's jobs."""
    statement = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    target.session.client("iam").create_role(RoleName=ROLE_ARN.rpartition("/")[2], AssumeRolePolicyDocument=trust)


def objects(target: Target) -> dict[str, bytes]:
    """Return all objects in the target account's bucket: key -> content."""
    s3 = target.session.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=ARTIFACTS).get("Contents", ())]
    return {key: s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read() for key in keys}


def release_package(folder: Path, *arguments: str) -> Path:
    """Release to the target account as build.py does; return its file of variables.

    Args:
        folder: the working folder, in which the file is written.
        arguments: additional ones of build.py.
    """
    code = build.main([
        "--sagemaker-project-name", "shells", "--sagemaker-project-id", "p-1", "--stage", "staging", "--code", "tf",
        "--environment", "preprod", "--model-package-group-name", GROUP, "--region", REGION,
        "--training-id", TRAINING, "--target-id", TARGET, "--export-config", "extended.tfvars.json",
        "--import-config", str(ROOT / "deploy" / "batch" / "pre-prod-config.tfvars.json"), *arguments,
    ])  # fmt: skip
    assert code == 0
    return folder / "extended.tfvars.json"
