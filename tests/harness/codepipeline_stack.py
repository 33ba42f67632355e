"""Runs deploy/codepipeline's build.py, reads the parameters that it writes, and names its stack's resources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.codepipeline import build as command

from cloudformation import Template
from moto_over_http import BUCKET, REGION, Aws
from paths import ROOT

CODEPIPELINE_FOLDER = ROOT / "deploy" / "codepipeline"
TEMPLATE = CODEPIPELINE_FOLDER / "codepipeline.yml"
ACCOUNT = "123456789012"
NAME = "shells-p-0123456789ab"
EXPORT = "export.json"
ARTIFACTS = "shells-artifacts"
ROLE_NAMES = ("pipeline", "model-execution", "build", "deployment")
ROLES = {f"--{name}-role": f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ROLE_NAMES}
PSEUDO = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws"}
CONNECTION = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/11111111-2222-3333-4444-555555555555"
REPOSITORY_SETTINGS = {"ConnectionArn": CONNECTION, "ModelRepository": "an-owner/shells"}
DATA = {"DataBucket": "raw-data", "DataKey": "abalone.csv"}
CODECOMMIT = {"ConnectionArn": "", "ModelRepository": "shells", "EtlRepository": "etl", "TestRepository": "tests"}
IMAGE = {"ImageFolder": "pipelines/abalone_tensorflow", "ImageBase": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/base:1"}
FUNCTIONS = {"SubmitPipeline": "submit_pipeline", "ConfirmPipeline": "confirm_pipeline"} | {
    "TestEndpoint": "test_endpoint", "ApproveModel": "approve_model",
}  # fmt: skip


def attributes() -> dict[str, str]:
    """Return the attributes that resources would have."""
    functions = {logical: f"codepipeline-shells-{command.FUNCTIONS[folder]}" for logical, folder in FUNCTIONS.items()}
    builds = {f"Build{name}": f"{NAME}-{name.lower()}" for name in ("Pipeline", "Functions", "Image")}
    roles = [
        "CodePipelineRole",
        "StartRole",
        "BuildFunctionsRole",
        "BuildImageRole",
        *(f"{logical}Role" for logical in FUNCTIONS),
    ]
    return {
        **functions, **builds, "CodePipeline": NAME, "Images.RepositoryUri": f"{ACCOUNT}.dkr.ecr/{NAME}-image",
        "Images.Arn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{NAME}-image",
        **{f"{key}.Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" for key, name in functions.items()},
        **{f"{role}.Arn": f"arn:aws:iam::{ACCOUNT}:role/{role}" for role in roles},
        "ExecutionHasEnded.Arn": "arn:of:rule/ended", "WaitHasBegun.Arn": "arn:of:rule/wait",
    }  # fmt: skip


def make_versioned_buckets(aws: Aws, *names: str) -> None:
    """Make buckets that store versions of objects."""
    s3 = aws.client("s3")
    for name in names:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def write_stack(folder: Path, **settings: str) -> int:
    """Run build.py stack in this folder; return its exit code."""
    base = json.loads(CODEPIPELINE_FOLDER.joinpath("codepipeline-config.json").read_text())["Parameters"]
    folder.joinpath("settings.json").write_text(json.dumps({"Parameters": base | REPOSITORY_SETTINGS | settings}))
    return command.main([
        "stack", "--sagemaker-project-name", "shells", "--sagemaker-project-id", "p-0123456789ab", "--s3-bucket",
        BUCKET, "--artifact-bucket", ARTIFACTS, "--import-config", str(folder / "settings.json"),
        "--export-config", str(folder / EXPORT),
        *(argument for pair in ROLES.items() for argument in pair),
    ])  # fmt: skip


def read_stack(folder: Path) -> dict[str, str]:
    """Return the parameters that ``write_stack`` has written."""
    return dict(json.loads(folder.joinpath(EXPORT).read_text())["Parameters"])


def resources(parameters: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the stack's resources: logical id -> type and properties."""
    return Template(TEMPLATE, parameters, PSEUDO, attributes()).resources()
