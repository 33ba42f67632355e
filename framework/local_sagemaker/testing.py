"""A harness for tests: run any definition to its end, and hold every response against botocore's own model of it.

session = checked(local_sagemaker.session.open(tmp_path))
ran = run(session, {"Steps": [processing("Prepare", session, "print('hello')")]})
assert ran.status == "Succeeded"
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
    """An execution that has ended; ``steps`` by name, as ListPipelineExecutionSteps tells of them."""

    arn: str
    status: str
    reason: str
    steps: Mapping[str, dict[str, Any]]

    def status_of(self, step: str) -> str:
        """The step's status, or NotStarted."""
        return str(self.steps[step]["StepStatus"]) if step in self.steps else "NotStarted"


def check_session(session: boto3.Session) -> boto3.Session:
    """The session; from now on an answer that does not fit the operation's output shape raises."""

    def check(parsed: dict[str, Any], model: Any, http_response: Any, **_: Any) -> None:
        if http_response.status_code < 300 and model.output_shape:
            members = {k: v for k, v in parsed.items() if k not in ("ResponseMetadata", "Body")}
            report = ParamValidator().validate(members, model.output_shape)
            if report.has_errors():
                raise AssertionError(f"{model.name}: {report.generate_report()}")

    session.events.register("after-call", check)
    return session


def create(session: boto3.Session, definition: Mapping[str, Any], name: str = "Testing") -> str:
    """Create the pipeline; its name."""
    text = json.dumps({"Version": "2020-12-01", **definition})
    _client(session, "sagemaker").create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=text)
    return name


def start(session: boto3.Session, name: str, parameters: Mapping[str, str] | None = None, **options: Any) -> str:
    """Start an execution; its ARN."""
    given = [{"Name": n, "Value": v} for n, v in (parameters or {}).items()]
    started = _client(session, "sagemaker").start_pipeline_execution(
        PipelineName=name, PipelineParameters=given, **options
    )
    return str(started["PipelineExecutionArn"])


def finish(session: boto3.Session, arn: str) -> ExecutionResult:
    """Wait for the end of an execution.

    Raises:
        TimeoutError: it takes more than two minutes.
    """
    client = _client(session, "sagemaker")
    deadline, pause = time.monotonic() + TIMEOUT_SECONDS, 0.02
    while (found := client.describe_pipeline_execution(PipelineExecutionArn=arn))["PipelineExecutionStatus"] in RUNNING:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{arn} still runs")
        time.sleep(pause)
        pause = min(pause * 1.2, 0.2)  # a look takes milliseconds of a core that the execution could have
    steps = client.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
    by_name = {s["StepName"]: s for s in steps["PipelineExecutionSteps"]}
    return ExecutionResult(arn, found["PipelineExecutionStatus"], found.get("FailureReason", ""), by_name)


def run(
    session: boto3.Session, definition: Mapping[str, Any], parameters: Mapping[str, str] | None = None
) -> ExecutionResult:
    """Create a pipeline, start it, wait for its end."""
    return finish(session, start(session, create(session, definition), parameters))


def archive(files: Mapping[str, bytes]) -> bytes:
    """A model.tar.gz of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def processing(
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
    """A Processing step that runs this Python code; inputs and outputs are name -> S3 URI, below /opt/ml/processing.

    ``members`` are the step's own, such as PropertyFiles and DependsOn.
    """
    key = f"code/{name}.py"
    _client(session, "s3").put_object(Bucket=BUCKET, Key=key, Body=code.encode())
    sources = {**(inputs or {}), "code": f"s3://{BUCKET}/{key}"}
    arguments_of_step: dict[str, Any] = {
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
        arguments_of_step["AppSpecification"]["ContainerArguments"] = list(arguments)
    return {"Name": name, "Type": "Processing", "Arguments": arguments_of_step, **members}


def model(name: str, uri: str, image: str = XGBOOST, **container: Any) -> dict[str, Any]:
    """A Model step of one container, whose data are at this URI."""
    primary = {"Image": image, "ModelDataUrl": uri, **container}
    return {"Name": name, "Type": "Model", "Arguments": {"ExecutionRoleArn": ROLE, "PrimaryContainer": primary}}


def transform(
    name: str, model: Any, source: str, target: str, *, split: str = "Line", instance_count: int = 1, **members: Any
) -> dict[str, Any]:
    """A Transform step from CSV to CSV; ``members`` are its request's own, such as DataProcessing."""
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
    """The client of a boto3.Session; to make one takes longer than most calls."""
    return session.client(service)


def _input(name: str, uri: Any) -> dict[str, Any]:
    source = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": source}


def _output(name: str, uri: Any) -> dict[str, Any]:
    target = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": target}
