"""Runs one deployment from beginning to end, on a moto server with two accounts.

It records what was made, what Terraform planned, what boto3 then reads, and which calls each role made. This takes a
minute, so all tests read one record.
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
STATE_BUCKET = f"terraform-state-preprod-{REGION}-{TARGET}"
STATE_KEY = "mlops-terraform-preprod-shells.state"
TOPIC = f"arn:aws:sns:{REGION}:{TARGET}:on-call"
#: Label -> folder of deploy/, account and variables.
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
    "bucket": STATE_BUCKET, "key": STATE_KEY, "region": REGION, "use_path_style": "true",
    "skip_credentials_validation": "true", "skip_requesting_account_id": "true", "skip_metadata_api_check": "true",
}  # fmt: skip


def run(aws: Aws, folder: Path) -> dict[str, Any]:
    """Run the whole deployment; return its record.

    Returns:
        ``made``: by folder, address -> values; ``planned``: by what had changed, address -> actions; ``read``: what
        boto3 reads; ``calls``: by role; ``variables``: of each deployment; ``states``: keys in the bucket of states;
        ``left``: names of the pipelines that exist at the end.
    """
    record: dict[str, Any] = {"made": {}, "planned": {}, "variables": {}, "calls": {"release": [], "terraform": []}}
    with ThreadPoolExecutor() as pool:  # each waits most of the time
        results = pool.map(partial(_apply_folder, aws, folder), FOLDERS)
        for name, (resources, changes) in zip(FOLDERS, results, strict=True):
            record["made"][name], record["planned"][f"{name} again"] = resources, changes
    training, target = accounts.account(aws, TRAINING), accounts.account(aws, TARGET)
    accounts.make_buckets(training, target)
    accounts.register(training)
    accounts.register(training)
    accounts.write_profiles(aws, folder / "credentials")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
        patch.chdir(folder)
        _deploy(aws, folder, target, record)
    record["left"] = [pipeline["PipelineName"] for pipeline in target.client.list_pipelines()["PipelineSummaries"]]
    return record


def _deploy(aws: Aws, folder: Path, target: Any, record: dict[str, Any]) -> None:
    """Deploy the newest version, plan another definition, deploy an older version with other settings, destroy all."""
    batch = open_account(aws, folder / "clone", "batch", TARGET, backend="")
    with _record_calls(aws, record, "release"):
        variables = accounts.release_package(folder)
    with _record_calls(aws, record, "terraform"):
        terraform.initialise(batch, "-reconfigure", *(f"-backend-config={n}={v}" for n, v in BACKEND.items()))
        batch.apply(variables)
        _record_state(record, "looked up", batch, variables)
    record["read"] = _read_account(target)
    record["planned"]["nothing"] = batch.changes(variables)
    accounts.release_package(folder, "--kwargs", '{"monitor_before_transform": false}')
    record["planned"]["definition"] = batch.changes(variables)
    with _record_calls(aws, record, "release"):
        accounts.release_package(folder, "--model-package-version", "1")
    _update(variables, GroundTruthUrl="s3://a-bucket/ground-truth.csv", AlarmTopicArns=[TOPIC], BadRows="Drop")
    with _record_calls(aws, record, "terraform"):
        plan = batch.plan(variables)
        record["planned"]["pinned"] = terraform.changes(plan)
        batch.apply(variables)
        _record_state(record, "pinned", batch, variables)
    # Merge the planned values with those that only AWS knows: moto does not return all of the planned ones.
    for address, values in terraform.resources(plan).items():
        record["made"]["pinned"][address] |= values
    record["states"] = _keys(target, STATE_BUCKET)
    with _record_calls(aws, record, "terraform"):
        batch.run("destroy", "-no-color", "-auto-approve", f"-var-file={variables}")


@contextmanager
def _record_calls(aws: Aws, record: dict[str, Any], role: str) -> Iterator[None]:
    """Record the calls that are made inside the block as the role's."""
    aws.calls.clear()
    yield
    record["calls"][role] = sorted({*record["calls"][role], *aws.operations()})


def open_account(aws: Aws, folder: Path, name: str, account: str, **options: Any) -> terraform.Folder:
    """Copy a folder of deploy/; return it, ready to plan in the account."""
    signed_in = {member.upper(): value for member, value in accounts.credentials(aws, account).items()}
    return terraform.copy_folder(
        name, folder, {**signed_in, "AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION}, **options
    )


def _apply_folder(aws: Aws, folder: Path, label: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Apply a folder of deploy/; return what it made, and what a second plan would change."""
    name, account, values = FOLDERS[label]
    variables = folder / f"{label}.tfvars.json"
    variables.write_text(json.dumps(values))
    copy = open_account(aws, folder / label, name, account)
    copy.apply(variables)
    return copy.state(), copy.changes(variables)


def _record_state(record: dict[str, Any], label: str, batch: terraform.Folder, variables: Path) -> None:
    record["made"][label] = batch.state()
    record["variables"][label] = json.loads(variables.read_text())


def _update(variables: Path, **changes: Any) -> None:
    variables.write_text(json.dumps(json.loads(variables.read_text()) | changes))


def _keys(target: Any, bucket: str) -> list[str]:
    return [entry["Key"] for entry in target.session.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]


def _read_account(target: Any) -> dict[str, Any]:
    """Return what boto3 reads in the account."""

    def client(name: str) -> Any:
        return target.session.client(name)

    calls: dict[str, Callable[[], Any]] = {
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
    return json.loads(json.dumps({name: call() for name, call in calls.items()}, default=str))
