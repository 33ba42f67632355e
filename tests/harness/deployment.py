"""One deployment from its beginning to its end, on a moto server that stands for two accounts: what was made, what
Terraform planned, what boto3 then finds, and which calls each role made. It takes a minute, so tests look at what it
wrote down.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import accounts
import pytest
import terraform
from accounts import GROUP, KEY_ARN, TARGET, TRAINING
from moto_over_http import REGION, Aws

PIPELINE, FUNCTION = "shells-p-1-preprod", "sagemaker-shells-preprod-model"
STATES = f"terraform-state-preprod-{REGION}-{TARGET}"
STATE = "mlops-terraform-preprod-shells.state"
TOPIC = f"arn:aws:sns:{REGION}:{TARGET}:on-call"
#: Folder of deploy/, account and variables.
FOLDERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "preprod": ("base", TARGET, {
        "region": REGION, "Environment": "preprod", "GitHubRepositories": ["an-owner/shells"],
        "SubnetIds": ["subnet-1", "subnet-2"], "SGIds": ["sg-1"], "DataBuckets": ["batches"],
    }),
    "dev": ("base", TRAINING, {
        "region": REGION, "Environment": "dev", "GitHubRepositories": ["an-owner/shells"],
        "ArtifactsBuckets": [accounts.MODELS], "ArtifactsKmsKeyArns": [KEY_ARN],
    }),
    "training": ("training", TRAINING, {
        "region": REGION, "SageMakerProjectName": "shells", "ModelPackageGroupName": GROUP,
        "GitHubRepository": "an-owner/shells", "TrainingPipeline": "AbalonePipeline",
        "FunctionZip": "tests/function.zip",
        "GitHubTokenSecretArn": f"arn:aws:secretsmanager:{REGION}:{TRAINING}:secret:github-abcdef",
        "GitHubTokenKmsKeyArn": KEY_ARN, "TrainingParameters": {"MseThreshold": "5.0"},
    }),
}  # fmt: skip
BACKEND = {
    "bucket": STATES, "key": STATE, "region": REGION, "use_path_style": "true", "skip_credentials_validation": "true",
    "skip_requesting_account_id": "true", "skip_metadata_api_check": "true",
}  # fmt: skip


def run(aws: Aws, folder: Path) -> dict[str, Any]:
    """Do all of it.

    Returns:
        ``made``: by folder, address -> values; ``planned``: by what had changed, address -> actions; ``read``: what
        boto3 finds; ``calls``: by role; ``variables``: of each deployment; ``states``: keys in the states' bucket;
        ``left``: names of pipelines in the end.
    """
    found: dict[str, Any] = {"made": {}, "planned": {}, "variables": {}, "calls": {"release": [], "terraform": []}}
    with ThreadPoolExecutor() as pool:  # each waits most of the time
        for name, (made, again) in zip(FOLDERS, pool.map(partial(_applied, aws, folder), FOLDERS), strict=True):
            found["made"][name], found["planned"][f"{name} again"] = made, again
    training, target = accounts.account(aws, TRAINING), accounts.account(aws, TARGET)
    accounts.make_buckets(training, target)
    accounts.register(training)
    accounts.register(training)
    accounts.profiles(aws, folder / "credentials")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
        patch.chdir(folder)
        _deploy(aws, folder, target, found)
    found["left"] = [one["PipelineName"] for one in target.client.list_pipelines()["PipelineSummaries"]]
    return found


def _deploy(aws: Aws, folder: Path, target: Any, found: dict[str, Any]) -> None:
    """The newest version, then another definition, then an older version and other settings, then nothing any more."""
    batch = open_account(aws, folder / "clone", "batch", TARGET, backend="")
    with _noted(aws, found, "release"):
        variables = accounts.released_package(folder)
    with _noted(aws, found, "terraform"):
        terraform.initialise(batch, "-reconfigure", *(f"-backend-config={n}={v}" for n, v in BACKEND.items()))
        batch.apply(variables)
        _keep(found, "looked up", batch, variables)
    found["read"] = _read(target)
    found["planned"]["nothing"] = batch.changes(variables)
    accounts.released_package(folder, "--kwargs", '{"monitor_before_transform": false}')
    found["planned"]["definition"] = batch.changes(variables)
    with _noted(aws, found, "release"):
        accounts.released_package(folder, "--model-package-version", "1")
    _change(variables, GroundTruthUrl="s3://a-bucket/truth.csv", AlarmTopicArns=[TOPIC], BadRows="Drop")
    with _noted(aws, found, "terraform"):
        plan = batch.plan(variables)
        found["planned"]["pinned"] = terraform.changes(plan)
        batch.apply(variables)
        _keep(found, "pinned", batch, variables)
    # What was planned, and what only AWS knows; moto tells not all of it back.
    for address, values in terraform.resources(plan).items():
        found["made"]["pinned"][address] |= values
    found["states"] = _keys(target, STATES)
    with _noted(aws, found, "terraform"):
        batch.run("destroy", "-no-color", "-auto-approve", f"-var-file={variables}")


@contextmanager
def _noted(aws: Aws, found: dict[str, Any], role: str) -> Iterator[None]:
    """The calls that are made meanwhile are the role's."""
    aws.calls.clear()
    yield
    found["calls"][role] = sorted({*found["calls"][role], *aws.operations()})


def open_account(aws: Aws, folder: Path, name: str, account: str, **options: Any) -> terraform.Folder:
    """A copy of that folder of deploy/, ready to plan in that account."""
    signed_in = {member.upper(): value for member, value in accounts.credentials(aws, account).items()}
    return terraform.copy_folder(
        name, folder, {**signed_in, "AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION}, **options
    )


def _applied(aws: Aws, folder: Path, label: str) -> tuple[dict[str, Any], dict[str, Any]]:
    name, account, given = FOLDERS[label]
    variables = folder / f"{label}.tfvars.json"
    variables.write_text(json.dumps(given))
    made = open_account(aws, folder / label, name, account)
    made.apply(variables)
    return made.state(), made.changes(variables)


def _keep(found: dict[str, Any], label: str, batch: terraform.Folder, variables: Path) -> None:
    found["made"][label] = batch.state()
    found["variables"][label] = json.loads(variables.read_text())


def _change(variables: Path, **changed: Any) -> None:
    variables.write_text(json.dumps(json.loads(variables.read_text()) | changed))


def _keys(target: Any, bucket: str) -> list[str]:
    return [one["Key"] for one in target.session.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]


def _read(target: Any) -> dict[str, Any]:
    """What boto3 finds in the account."""

    def client(name: str) -> Any:
        return target.session.client(name)

    looks: dict[str, Callable[[], Any]] = {
        "pipeline": lambda: target.client.describe_pipeline(PipelineName=PIPELINE),
        "tags": lambda: target.client.list_tags(
            ResourceArn=target.client.describe_pipeline(PipelineName=PIPELINE)["PipelineArn"]
        )["Tags"],
        "rule": lambda: client("events").describe_rule(Name=f"{PIPELINE}-schedule"),
        "targets": lambda: client("events").list_targets_by_rule(Rule=f"{PIPELINE}-schedule")["Targets"],
        "schedule role": lambda: client("iam").get_role(RoleName="sagemaker-shells-preprod-schedule")["Role"],
        "schedule policy": lambda: client("iam").get_role_policy(
            RoleName="sagemaker-shells-preprod-schedule", PolicyName="start-the-pipeline"
        )["PolicyDocument"],
        "function": lambda: client("lambda").get_function(FunctionName=FUNCTION)["Configuration"],
        "function role": lambda: client("iam").get_role(RoleName=f"{FUNCTION}-role")["Role"],
        "logs": lambda: client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{FUNCTION}")["logGroups"],
        "alarms": lambda: client("cloudwatch").describe_alarms()["MetricAlarms"],
        "dashboard": lambda: client("cloudwatch").get_dashboard(DashboardName=f"{PIPELINE}-dashboard")["DashboardBody"],
    }
    return json.loads(json.dumps({name: look() for name, look in looks.items()}, default=str))
