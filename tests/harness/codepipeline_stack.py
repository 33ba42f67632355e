"""deploy/codepipeline for tests: what build.py is told, what it writes, and what its stack's resources are called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.codepipeline import build as command

from cloudformation import Template
from moto_over_http import BUCKET, REGION, Aws
from paths import ROOT

FOLDER = ROOT / "deploy" / "codepipeline"
TEMPLATE = FOLDER / "codepipeline.yml"
ACCOUNT = "123456789012"
NAME = "shells-p-0123456789ab"
EXPORT = "export.json"
ARTIFACTS = "shells-artifacts"
KINDS = ("pipeline", "model-execution", "build", "deployment")
ROLES = {f"--{kind}-role": f"arn:aws:iam::{ACCOUNT}:role/{kind}" for kind in KINDS}
PSEUDO = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws"}
CONNECTION = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/11111111-2222-3333-4444-555555555555"
DECIDED = {"ConnectionArn": CONNECTION, "ModelRepository": "an-owner/shells"}
DATA = {"DataBucket": "raw-data", "DataKey": "abalone.csv"}
CODECOMMIT = {"ConnectionArn": "", "ModelRepository": "shells", "EtlRepository": "etl", "TestRepository": "tests"}
IMAGE = {"ImageFolder": "pipelines/abalone_tensorflow", "ImageBase": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/base:1"}
FUNCTIONS = {"SubmitPipeline": "submit_pipeline", "ConfirmPipeline": "confirm_pipeline"} | {
    "TestEndpoint": "test_endpoint", "ApproveModel": "approve_model",
}  # fmt: skip


def attributes() -> dict[str, str]:
    """What resources would be called."""
    named = {logical: f"codepipeline-shells-{command.FUNCTIONS[folder]}" for logical, folder in FUNCTIONS.items()}
    builds = {f"Build{word}": f"{NAME}-{word.lower()}" for word in ("Pipeline", "Functions", "Image")}
    roles = [
        "CodePipelineRole",
        "StartRole",
        "BuildFunctionsRole",
        "BuildImageRole",
        *(f"{logical}Role" for logical in FUNCTIONS),
    ]
    return {
        **named, **builds, "CodePipeline": NAME, "Images.RepositoryUri": f"{ACCOUNT}.dkr.ecr/{NAME}-image",
        "Images.Arn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{NAME}-image",
        **{f"{logical}.Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" for logical, name in named.items()},
        **{f"{role}.Arn": f"arn:aws:iam::{ACCOUNT}:role/{role}" for role in roles},
        "ExecutionHasEnded.Arn": "arn:of:rule/ended", "WaitHasBegun.Arn": "arn:of:rule/wait",
    }  # fmt: skip


def versioned_bucket(aws: Aws, *names: str) -> None:
    """Buckets that keep versions."""
    s3 = aws.client("s3")
    for name in names:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def write(folder: Path, **decided: str) -> int:
    """Run build.py stack in this folder; its exit code."""
    base = json.loads(FOLDER.joinpath("codepipeline-config.json").read_text())["Parameters"]
    folder.joinpath("decided.json").write_text(json.dumps({"Parameters": base | DECIDED | decided}))
    return command.main([
        "stack", "--sagemaker-project-name", "shells", "--sagemaker-project-id", "p-0123456789ab", "--s3-bucket",
        BUCKET, "--artifact-bucket", ARTIFACTS, "--import-config", str(folder / "decided.json"),
        "--export-config", str(folder / EXPORT),
        *(word for pair in ROLES.items() for word in pair),
    ])  # fmt: skip


def written_stack(folder: Path) -> dict[str, str]:
    """The parameters that it has written."""
    return dict(json.loads(folder.joinpath(EXPORT).read_text())["Parameters"])


def resources(parameters: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Logical id -> resource."""
    return Template(TEMPLATE, parameters, PSEUDO, attributes()).resources()
