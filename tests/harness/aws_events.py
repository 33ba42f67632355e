"""Events as AWS sends them, invented for tests: any member can be another one, or gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

ACCOUNT, REGION = "123456789012", "eu-west-1"
ARNS = ("pipelineArn", "pipelineExecutionArn", "ModelPackageArn")


def arn(pipeline: str, execution: str = "", account: str = ACCOUNT) -> str:
    """Of a pipeline, or of one of its executions."""
    tail = f"/execution/{execution}" if execution else ""
    return f"arn:aws:sagemaker:{REGION}:{account}:pipeline/{pipeline}{tail}"


def event(kind: str, detail: dict[str, Any], source: str = "aws.sagemaker", **members: Any) -> dict[str, Any]:
    """An event of this detail-type; members of the detail that are None are left out."""
    found = {
        "version": "0",
        "id": "315c1398-40ff-a850-213b-158f73kd93ir",
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [
            detail[name] for name in ("pipelineArn", "pipelineExecutionArn", "ModelPackageArn") if detail.get(name)
        ],
        "detail": {name: value for name, value in detail.items() if value is not None},
    }
    return found | {name.replace("_", "-"): value for name, value in members.items()}


def execution_event(pipeline: str, status: str, execution: str = "p4jn9xou8a8s", **detail: Any) -> dict[str, Any]:
    """An execution has this status."""
    told = {
        "pipelineExecutionDisplayName": "a-name",
        "currentPipelineExecutionStatus": status,
        "previousPipelineExecutionStatus": None if status == "Executing" else "Executing",
        "executionStartTime": "2026-03-15T16:03:13Z",
        "executionEndTime": None if status == "Executing" else "2026-03-15T16:10:10Z",
        "pipelineArn": arn(pipeline),
        "pipelineExecutionArn": arn(pipeline, execution),
    }
    return event("SageMaker Model Building Pipeline Execution Status Change", told | detail)


def step_event(
    pipeline: str, step: str, status: str, kind: str = "Processing", execution: str = "p4jn9xou8a8s", **detail: Any
) -> dict[str, Any]:
    """A step has this status."""
    told = {
        "metadata": {},
        "stepStartTime": "2026-03-15T16:03:14Z",
        "stepEndTime": "2026-03-15T16:10:09Z",
        "stepName": step,
        "stepType": kind,
        "previousStepStatus": "Executing",
        "currentStepStatus": status,
        "failureReason": "it went wrong" if status == "Failed" else None,
        "pipelineArn": arn(pipeline),
        "pipelineExecutionArn": arn(pipeline, execution),
    }
    return event("SageMaker Model Building Pipeline Execution Step Status Change", told | detail)


def version_event(group: str, version: int, status: str, **detail: Any) -> dict[str, Any]:
    """A version was registered with this status, or has it now."""
    told = {
        "ModelPackageGroupName": group,
        "ModelPackageVersion": version,
        "ModelPackageArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{group}/{version}",
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": status,
    }
    return event("SageMaker Model Package State Change", told | detail)


def object_event(bucket: str, key: str, size: int = 3, reason: str = "PutObject", **members: Any) -> dict[str, Any]:
    """An object has come."""
    file = {"key": key, "size": size, "etag": "900150983cd24fb0d6963f7d28e17f72", "sequencer": "00617F08299329D189"}
    detail = {"version": "0", "bucket": {"name": bucket}, "object": file, "reason": reason, "requester": ACCOUNT}
    return event("Object Created", detail, "aws.s3", **members)
