"""Builds events as AWS sends them; a test may change or leave out any member."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

ACCOUNT, REGION = "123456789012", "eu-west-1"
ARNS = ("pipelineArn", "pipelineExecutionArn", "ModelPackageArn")


def arn(pipeline: str, execution: str = "", account: str = ACCOUNT) -> str:
    """Return the ARN of a pipeline or of one of its executions."""
    tail = f"/execution/{execution}" if execution else ""
    return f"arn:aws:sagemaker:{REGION}:{account}:pipeline/{pipeline}{tail}"


def event(detail_type: str, detail: dict[str, Any], source: str = "aws.sagemaker", **members: Any) -> dict[str, Any]:
    """Return an event of this detail-type; members of the detail that are None are left out."""
    result = {
        "version": "0",
        "id": "315c1398-40ff-a850-213b-158f73kd93ir",
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [
            detail[name] for name in ("pipelineArn", "pipelineExecutionArn", "ModelPackageArn") if detail.get(name)
        ],
        "detail": {name: value for name, value in detail.items() if value is not None},
    }
    return result | {name.replace("_", "-"): value for name, value in members.items()}


def execution_event(pipeline: str, status: str, execution: str = "p4jn9xou8a8s", **detail: Any) -> dict[str, Any]:
    """Return the event that an execution has this status."""
    members = {
        "pipelineExecutionDisplayName": "a-name",
        "currentPipelineExecutionStatus": status,
        "previousPipelineExecutionStatus": None if status == "Executing" else "Executing",
        "executionStartTime": "2026-03-15T16:03:13Z",
        "executionEndTime": None if status == "Executing" else "2026-03-15T16:10:10Z",
        "pipelineArn": arn(pipeline),
        "pipelineExecutionArn": arn(pipeline, execution),
    }
    return event("SageMaker Model Building Pipeline Execution Status Change", members | detail)


def step_event(
    pipeline: str, step: str, status: str, step_type: str = "Processing", execution: str = "p4jn9xou8a8s", **detail: Any
) -> dict[str, Any]:
    """Return the event that a step has this status."""
    members = {
        "metadata": {},
        "stepStartTime": "2026-03-15T16:03:14Z",
        "stepEndTime": "2026-03-15T16:10:09Z",
        "stepName": step,
        "stepType": step_type,
        "previousStepStatus": "Executing",
        "currentStepStatus": status,
        "failureReason": "it went wrong" if status == "Failed" else None,
        "pipelineArn": arn(pipeline),
        "pipelineExecutionArn": arn(pipeline, execution),
    }
    return event("SageMaker Model Building Pipeline Execution Step Status Change", members | detail)


def version_event(group: str, version: int, status: str, **detail: Any) -> dict[str, Any]:
    """Return the event that a version was registered with this approval status, or now has it."""
    members = {
        "ModelPackageGroupName": group,
        "ModelPackageVersion": version,
        "ModelPackageArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{group}/{version}",
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": status,
    }
    return event("SageMaker Model Package State Change", members | detail)


def object_event(bucket: str, key: str, size: int = 3, reason: str = "PutObject", **members: Any) -> dict[str, Any]:
    """Return the event that an object was created."""
    file = {"key": key, "size": size, "etag": "900150983cd24fb0d6963f7d28e17f72", "sequencer": "00617F08299329D189"}
    detail = {"version": "0", "bucket": {"name": bucket}, "object": file, "reason": reason, "requester": ACCOUNT}
    return event("Object Created", detail, "aws.s3", **members)
