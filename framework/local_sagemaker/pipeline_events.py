"""Emits SageMaker's own events: of executions, of their steps, of versions of models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local_sagemaker import events
from local_sagemaker.account import Account

Record = Mapping[str, Any]
_VERSION_MEMBERS = (
    "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn", "ModelPackageDescription", "CreationTime",
    "LastModifiedTime", "InferenceSpecification", "ModelPackageStatus", "ModelPackageStatusDetails",
    "ModelApprovalStatus", "ApprovalDescription", "MetadataProperties", "ModelMetrics", "CustomerMetadataProperties",
)  # fmt: skip


def execution_event(account: Account, record: Record, previous: str | None) -> None:
    """Send the event of an execution whose status has changed.

    Args:
        account: the account that it runs in.
        record: the execution's record, with its present status.
        previous: the status before; None if it has just been started.
    """
    status = record["PipelineExecutionStatus"]
    detail = _pipeline_arns(record) | {
        "pipelineExecutionDisplayName": record.get("PipelineExecutionDisplayName"),
        "pipelineExecutionDescription": record.get("PipelineExecutionDescription"),
        "currentPipelineExecutionStatus": status,
        "previousPipelineExecutionStatus": previous,
        "executionStartTime": _format_time(record["StartTime"]),
        "executionEndTime": None if status in ("Executing", "Stopping") else _format_time(record["LastModifiedTime"]),
    }
    events.emit(account, "SageMaker Model Building Pipeline Execution Status Change", detail, _resources(record))


def step_event(account: Account, record: Record, step: Record, previous: str | None) -> None:
    """Send the event of a step whose status has changed.

    Args:
        account: the account that it runs in.
        record: the execution's record.
        step: the step's record, with its present status.
        previous: the status before; None if it has just been started.
    """
    status = step["StepStatus"]
    detail = _pipeline_arns(record) | {
        "stepName": step["StepName"],
        "stepType": step["StepType"],
        "metadata": _lower_members(step.get("Metadata") or {}),
        "currentStepStatus": status,
        "previousStepStatus": previous,
        "stepStartTime": _format_time(step["StartTime"]),
        "stepEndTime": _format_time(step.get("EndTime")),
        "failureReason": step.get("FailureReason") if status == "Failed" else None,
    }
    events.emit(account, "SageMaker Model Building Pipeline Execution Step Status Change", detail, _resources(record))


def version_event(account: Account, package: Record, updated: list[str] | None = None) -> None:
    """Send the event of a version that was registered or changed.

    Args:
        account: the account in which it is registered.
        package: the version's present record.
        updated: the members that were changed; None if the version is new.
    """
    detail = {name: package.get(name) for name in _VERSION_MEMBERS} | {"UpdatedModelPackageFields": updated}
    detail |= {name: _format_time(detail[name]) for name in ("CreationTime", "LastModifiedTime")}
    events.emit(account, "SageMaker Model Package State Change", detail, [package["ModelPackageArn"]])


def _pipeline_arns(record: Record) -> dict[str, Any]:
    return {"pipelineArn": record["PipelineArn"], "pipelineExecutionArn": record["PipelineExecutionArn"]}


def _resources(record: Record) -> list[str]:
    return list(_pipeline_arns(record).values())


def _format_time(time: str | None) -> str | None:
    return datetime.fromisoformat(time).strftime("%Y-%m-%dT%H:%M:%SZ") if time else None


def _lower_members(value: Any) -> Any:
    """Return a value with its members spelled as in events: processingJob for a Describe response's ProcessingJob."""
    match value:
        case dict():
            return {name[:1].lower() + name[1:]: _lower_members(member) for name, member in value.items()}
        case list():
            return [_lower_members(item) for item in value]
    return value
