"""Two accounts on one moto server: the one that trains, and the one that is deployed to."""

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
#: URI below the training account's bucket -> content: what one version consists of.
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
    """Those of a role in an account, as boto3.Session takes them."""
    arn = f"arn:aws:iam::{account}:role/deployment"
    found = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="testing")["Credentials"]
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


def account(aws: Aws, number: str) -> Target:
    """A session of that account, as commands have one."""
    core = botocore.session.Session()
    core.register_component("data_loader", _LOADER)
    return Target(boto3.Session(**credentials(aws, number), region_name=REGION, botocore_session=core))


#: Reads the services' models, which takes most of the time that a client takes; once for all sessions.
_LOADER = botocore.session.Session().get_component("data_loader")


def profiles(aws: Aws, file: Path) -> None:
    """A credentials file with the profiles dev and target."""
    lines = []
    for name, number in {"dev": TRAINING, "target": TARGET}.items():
        lines += [f"[{name}]", *(f"{member} = {value}" for member, value in credentials(aws, number).items())]
    file.write_text("\n".join(lines) + "\n")


def make_bucket(account: Target, name: str) -> None:
    """A bucket of the account's."""
    account.session.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})


def make_buckets(training: Target, target: Target) -> None:
    """Of both accounts, with the version's files in the first."""
    make_bucket(training, MODELS)
    make_bucket(target, ARTIFACTS)
    for key, content in FILES.items():
        training.session.client("s3").put_object(Bucket=MODELS, Key=key, Body=content)


def register(training: Target, status: str = "Approved", reason: str = "", **changed: Any) -> str:
    """A version in the training account, as a pipeline with all checks registers one, and decided about; the ARN."""
    names = [
        g["ModelPackageGroupName"] for g in training.client.list_model_package_groups()["ModelPackageGroupSummaryList"]
    ]
    if GROUP not in names:
        training.client.create_model_package_group(ModelPackageGroupName=GROUP)
    asked = request() | {"ModelPackageGroupName": GROUP, "ModelApprovalStatus": registry.PENDING} | changed
    arn = training.client.create_model_package(**asked)["ModelPackageArn"]
    registry.decide(training, {"ModelPackageArn": arn}, status, reason)
    return str(arn)


def request() -> dict[str, Any]:
    """Of CreateModelPackage, but for group and approval."""
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
    """In the training account's bucket."""
    return f"s3://{MODELS}/{key}"


def _source(key: str) -> dict[str, str]:
    return {"S3Uri": uri(key), "ContentType": "application/json"}


def parameters(environment: str = "preprod", **changed: str) -> dict[str, str]:
    """The SSM parameters that deploy/base makes."""
    return {
        f"/{environment}/sagemaker_ml_artifacts_s3_bucket": ARTIFACTS,
        f"/{environment}/sagemaker_role_arn": ROLE_ARN,
        "sagemaker-domain-sg": "sg-1",
        "private-subnets-ids": "subnet-1,subnet-2",
    } | changed


def put_parameters(target: Target, values: dict[str, str]) -> None:
    """Write them."""
    for name, value in values.items():
        target.session.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def make_role(target: Target) -> None:
    """The role of the target account's jobs."""
    trusted = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    target.session.client("iam").create_role(RoleName=ROLE_ARN.rpartition("/")[2], AssumeRolePolicyDocument=trust)


def objects(target: Target) -> dict[str, bytes]:
    """Key -> content of everything in the target account's bucket."""
    s3 = target.session.client("s3")
    found = s3.list_objects_v2(Bucket=ARTIFACTS).get("Contents", ())
    return {one["Key"]: s3.get_object(Bucket=ARTIFACTS, Key=one["Key"])["Body"].read() for one in found}


def released_package(folder: Path, *words: str) -> Path:
    """Release to the target account as build.py does, to a file of that folder, the working folder; the file."""
    code = build.main([
        "--sagemaker-project-name", "shells", "--sagemaker-project-id", "p-1", "--stage", "staging", "--code", "tf",
        "--environment", "preprod", "--model-package-group-name", GROUP, "--region", REGION,
        "--training-id", TRAINING, "--target-id", TARGET, "--export-config", "extended.tfvars.json",
        "--import-config", str(ROOT / "deploy" / "batch" / "pre-prod-config.tfvars.json"), *words,
    ])  # fmt: skip
    assert code == 0
    return folder / "extended.tfvars.json"
