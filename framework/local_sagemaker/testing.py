"""Provides helpers for tests, which run a definition to its end and validate responses against botocore's model.

session = validate_responses(local_sagemaker.session.open(tmp_path))
result = run(session, {"Steps": [processing_step("Prepare", session, "print('hello')")]})
assert result.status == "Succeeded"
"""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import boto3
from botocore.validate import ParamValidator

ROLE = "arn:aws:iam::000000000000:role/testing-role"
SCIKIT_LEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
BUCKET = "testing-bucket"
TIMEOUT_SECONDS = 120.0
RUNNING = ("Executing", "Stopping")


@dataclass(frozen=True)
class ExecutionResult:
    """An execution that has ended; ``steps`` maps names to members, as ListPipelineExecutionSteps returns them."""

    arn: str
    status: str
    reason: str
    steps: Mapping[str, dict[str, Any]]

    def status_of(self, step: str) -> str:
        """Return the step's status, or NotStarted."""
        return str(self.steps[step]["StepStatus"]) if step in self.steps else "NotStarted"


def validate_responses(session: boto3.Session) -> boto3.Session:
    """Make the session raise AssertionError for a response that does not fit its output shape; return the session."""

    def check(parsed: dict[str, Any], model: Any, http_response: Any, **_: Any) -> None:
        if http_response.status_code < 300 and model.output_shape:
            members = {k: v for k, v in parsed.items() if k not in ("ResponseMetadata", "Body")}
            report = ParamValidator().validate(members, model.output_shape)
            if report.has_errors():
                raise AssertionError(f"{model.name}: {report.generate_report()}")

    session.events.register("after-call", check)
    return session


def create(session: boto3.Session, definition: Mapping[str, Any], name: str = "Testing") -> str:
    """Create the pipeline; return its name."""
    text = json.dumps({"Version": "2020-12-01", **definition})
    _client(session, "sagemaker").create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=text)
    return name


def start(session: boto3.Session, name: str, parameters: Mapping[str, str] | None = None, **options: Any) -> str:
    """Start an execution; return its ARN."""
    values = [{"Name": n, "Value": v} for n, v in (parameters or {}).items()]
    started = _client(session, "sagemaker").start_pipeline_execution(
        PipelineName=name, PipelineParameters=values, **options
    )
    return str(started["PipelineExecutionArn"])


def wait_for_end(session: boto3.Session, arn: str) -> ExecutionResult:
    """Wait for the end of an execution.

    Raises:
        TimeoutError: if it takes more than two minutes.
    """
    client = _client(session, "sagemaker")
    deadline, pause = time.monotonic() + TIMEOUT_SECONDS, 0.02
    while (execution := client.describe_pipeline_execution(PipelineExecutionArn=arn))[
        "PipelineExecutionStatus"
    ] in RUNNING:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{arn} is still running after {TIMEOUT_SECONDS:.0f} seconds")
        time.sleep(pause)
        pause = min(pause * 1.2, 0.2)  # each call takes milliseconds of a core that the execution needs
    steps = client.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
    by_name = {s["StepName"]: s for s in steps["PipelineExecutionSteps"]}
    return ExecutionResult(arn, execution["PipelineExecutionStatus"], execution.get("FailureReason", ""), by_name)


def run(
    session: boto3.Session, definition: Mapping[str, Any], parameters: Mapping[str, str] | None = None
) -> ExecutionResult:
    """Create a pipeline, start it, and wait for its end."""
    return wait_for_end(session, start(session, create(session, definition), parameters))


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a model.tar.gz of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def processing_step(
    name: str,
    session: boto3.Session,
    code: str,
    *,
    arguments: Sequence[Any] = (),
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    instance_count: Any = 1,
    **members: Any,
) -> dict[str, Any]:
    """Return a Processing step that runs this Python code, which it uploads first.

    ``inputs`` and ``outputs`` map names to S3 URIs; their folders are below /opt/ml/processing. ``members`` are further
    members of the step, such as PropertyFiles and DependsOn.
    """
    key = f"code/{name}.py"
    _client(session, "s3").put_object(Bucket=BUCKET, Key=key, Body=code.encode())
    sources = {**(inputs or {}), "code": f"s3://{BUCKET}/{key}"}
    step_arguments: dict[str, Any] = {
        "RoleArn": ROLE,
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": instance_count, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}
        },
        "AppSpecification": {
            "ImageUri": SCIKIT_LEARN,
            "ContainerEntrypoint": ["python3", f"/opt/ml/processing/code/{name}.py"],
        },
        "ProcessingInputs": [_input(n, uri) for n, uri in sources.items()],
        "ProcessingOutputConfig": {"Outputs": [_output(n, uri) for n, uri in (outputs or {}).items()]},
    }
    if arguments:
        step_arguments["AppSpecification"]["ContainerArguments"] = list(arguments)
    return {"Name": name, "Type": "Processing", "Arguments": step_arguments, **members}


def model_step(name: str, uri: str, image: str = XGBOOST, **container: Any) -> dict[str, Any]:
    """Return a Model step of one container, whose model data are at this URI."""
    primary = {"Image": image, "ModelDataUrl": uri, **container}
    return {"Name": name, "Type": "Model", "Arguments": {"ExecutionRoleArn": ROLE, "PrimaryContainer": primary}}


def transform_step(
    name: str, model: Any, source: str, target: str, *, split: str = "Line", instance_count: int = 1, **members: Any
) -> dict[str, Any]:
    """Return a Transform step that reads and writes CSV; ``members`` are added to its request, e.g. DataProcessing."""
    arguments = {
        "ModelName": model,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
            "ContentType": "text/csv",
            "SplitType": split,
        },
        "TransformOutput": {"S3OutputPath": target, "Accept": "text/csv", "AssembleWith": split},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": instance_count},
    }
    return {"Name": name, "Type": "Transform", "Arguments": arguments | members}


@lru_cache(maxsize=8)
def _client(session: Any, service: str) -> Any:
    """Return the session's client, which is cached because making one takes longer than most calls."""
    return session.client(service)


def _input(name: str, uri: Any) -> dict[str, Any]:
    source = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": source}


def _output(name: str, uri: Any) -> dict[str, Any]:
    target = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": target}
