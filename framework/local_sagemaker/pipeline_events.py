"""What SageMaker's own events tell: of executions, of their steps, of versions of models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local_sagemaker import events
from local_sagemaker.account import Account

Record = Mapping[str, Any]
_OF_VERSION = (
    "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn", "ModelPackageDescription", "CreationTime",
    "LastModifiedTime", "InferenceSpecification", "ModelPackageStatus", "ModelPackageStatusDetails",
    "ModelApprovalStatus", "ApprovalDescription", "MetadataProperties", "ModelMetrics", "CustomerMetadataProperties",
)  # fmt: skip


def execution_event(account: Account, record: Record, previous: str | None) -> None:
    """An execution has another status.

    Args:
        account: it runs in.
        record: the execution's, with the status that it has now.
        previous: the one before; None where it has just been started.
    """
    status = record["PipelineExecutionStatus"]
    detail = _pipeline(record) | {
        "pipelineExecutionDisplayName": record.get("PipelineExecutionDisplayName"),
        "pipelineExecutionDescription": record.get("PipelineExecutionDescription"),
        "currentPipelineExecutionStatus": status,
        "previousPipelineExecutionStatus": previous,
        "executionStartTime": _second(record["StartTime"]),
        "executionEndTime": None if status in ("Executing", "Stopping") else _second(record["LastModifiedTime"]),
    }
    events.emit(account, "SageMaker Model Building Pipeline Execution Status Change", detail, _resources(record))


def step_event(account: Account, record: Record, step: Record, previous: str | None) -> None:
    """A step of an execution has another status.

    Args:
        account: it runs in.
        record: the execution's.
        step: the step's, with the status that it has now.
        previous: the one before; None where it has just been started.
    """
    status = step["StepStatus"]
    detail = _pipeline(record) | {
        "stepName": step["StepName"],
        "stepType": step["StepType"],
        "metadata": _lower(step.get("Metadata") or {}),
        "currentStepStatus": status,
        "previousStepStatus": previous,
        "stepStartTime": _second(step["StartTime"]),
        "stepEndTime": _second(step.get("EndTime")),
        "failureReason": step.get("FailureReason") if status == "Failed" else None,
    }
    events.emit(account, "SageMaker Model Building Pipeline Execution Step Status Change", detail, _resources(record))


def version_event(account: Account, package: Record, updated: list[str] | None = None) -> None:
    """A version was registered, or members of it were changed.

    Args:
        account: it is registered in.
        package: the version as it is now.
        updated: the members that were changed; None where it is new.
    """
    detail = {name: package.get(name) for name in _OF_VERSION} | {"UpdatedModelPackageFields": updated}
    detail |= {name: _second(detail[name]) for name in ("CreationTime", "LastModifiedTime")}
    events.emit(account, "SageMaker Model Package State Change", detail, [package["ModelPackageArn"]])


def _pipeline(record: Record) -> dict[str, Any]:
    return {"pipelineArn": record["PipelineArn"], "pipelineExecutionArn": record["PipelineExecutionArn"]}


def _resources(record: Record) -> list[str]:
    return list(_pipeline(record).values())


def _second(time: str | None) -> str | None:
    return datetime.fromisoformat(time).strftime("%Y-%m-%dT%H:%M:%SZ") if time else None


def _lower(value: Any) -> Any:
    """Members as events spell them: processingJob, where ListPipelineExecutionSteps has ProcessingJob."""
    match value:
        case dict():
            return {name[:1].lower() + name[1:]: _lower(one) for name, one in value.items()}
        case list():
            return [_lower(one) for one in value]
    return value
