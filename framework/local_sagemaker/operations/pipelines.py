"""Operations that create, update, describe, list and delete pipelines. They reject definitions that cannot run, as on
AWS.
"""

from __future__ import annotations

import re
import shutil
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ConflictError, NotFoundError, ValidationError
from local_sagemaker.operations.listing import page
from local_sagemaker.store import Exists

SERVICE = "sagemaker"
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")


def create_pipeline(
    account: Account,
    *,
    PipelineName: str,
    RoleArn: str,
    PipelineDefinition: str | None = None,
    PipelineDefinitionS3Location: dict[str, str] | None = None,
    Tags: list[dict[str, str]] | None = None,
    ClientRequestToken: str | None = None,
    **optional: Any,
) -> dict[str, Any]:
    """Create a pipeline (CreatePipeline).

    ``optional``: PipelineDisplayName, PipelineDescription, ParallelismConfiguration.
    """
    if not _NAME.fullmatch(PipelineName):
        raise ValidationError(
            f"the pipeline name {PipelineName[:80]!r} is invalid; use 1 to 256 of A-Z, a-z, 0-9 and inner '-'"
        )
    now = account.now()
    document = optional | {
        "PipelineArn": account.arn(f"pipeline/{PipelineName}"),
        "PipelineName": PipelineName,
        "PipelineDefinition": _definition(account, PipelineDefinition, PipelineDefinitionS3Location),
        "RoleArn": RoleArn,
        "PipelineStatus": "Active",
        "CreationTime": now,
        "LastModifiedTime": now,
        "Tags": Tags or [],
    }
    try:
        account.store.insert("pipeline", PipelineName, document)
    except Exists:
        raise ValidationError(
            f"Pipeline names must be unique within an AWS account and region. Pipeline with name ({PipelineName}) "
            "already exists."
        ) from None
    return document


def update_pipeline(
    account: Account,
    *,
    PipelineName: str,
    PipelineDefinition: str | None = None,
    PipelineDefinitionS3Location: dict[str, str] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Update a pipeline (UpdatePipeline).

    ``changes``: RoleArn, PipelineDisplayName, PipelineDescription, ParallelismConfiguration.
    """
    _pipeline(account, PipelineName)
    if PipelineDefinition or PipelineDefinitionS3Location:
        changes["PipelineDefinition"] = _definition(account, PipelineDefinition, PipelineDefinitionS3Location)
    changes["LastModifiedTime"] = account.now()
    return account.store.update("pipeline", PipelineName, changes)


def describe_pipeline(account: Account, *, PipelineName: str) -> dict[str, Any]:
    """Return a pipeline by name or ARN (DescribePipeline)."""
    return _pipeline(account, PipelineName)


def list_pipelines(
    account: Account, *, PipelineNamePrefix: str = "", SortBy: str = "CreationTime", **pages: Any
) -> dict[str, Any]:
    """List the pipelines (ListPipelines)."""
    pipelines = [p for p in account.store.list("pipeline") if p["PipelineName"].startswith(PipelineNamePrefix)]
    sort = {"Name": "PipelineName", "CreationTime": "CreationTime"}[SortBy]
    return page("PipelineSummaries", pipelines, sort_key=lambda p: p[sort], **pages)


def delete_pipeline(account: Account, *, PipelineName: str, ClientRequestToken: str | None = None) -> dict[str, Any]:
    """Delete a pipeline and its executions' records, unless an execution runs, as on AWS (DeletePipeline)."""
    pipeline = _pipeline(account, PipelineName)
    name = pipeline["PipelineName"]
    with account.store.transaction() as records:
        executions = {
            e["PipelineExecutionArn"]: e["PipelineExecutionStatus"]
            for e in records.list("execution", ("pipeline", name))
        }
        running = [arn for arn, status in executions.items() if status in ("Executing", "Stopping")]
        if running:
            raise ConflictError(f"pipeline {name!r} has a running execution: {', '.join(running)}")
        records.delete("pipeline", name)
    for arn in executions:
        shutil.rmtree(account.root / "executions" / arn.rsplit("/", 1)[-1], ignore_errors=True)
    return {"PipelineArn": pipeline["PipelineArn"]}


def add_tags(account: Account, *, ResourceArn: str, Tags: list[dict[str, str]]) -> dict[str, Any]:
    """Add tags to a pipeline (AddTags)."""
    pipeline = _pipeline(account, ResourceArn)
    tags = {t["Key"]: t for t in [*pipeline["Tags"], *Tags]}
    account.store.update("pipeline", pipeline["PipelineName"], {"Tags": list(tags.values())})
    return {"Tags": list(tags.values())}


def list_tags(account: Account, *, ResourceArn: str) -> dict[str, Any]:
    """List a pipeline's tags (ListTags)."""
    return {"Tags": _pipeline(account, ResourceArn)["Tags"]}


def _pipeline(account: Account, name_or_arn: str) -> dict[str, Any]:
    name = name_or_arn.rsplit("/", 1)[-1]
    document = account.store.get("pipeline", name)
    if document is None:
        names = ", ".join(p["PipelineName"] for p in account.store.list("pipeline")) or "none"
        raise NotFoundError(f"Pipeline '{name_or_arn}' does not exist (the pipelines are: {names})")
    return document


def _definition(account: Account, text: str | None, location: dict[str, str] | None) -> str:
    if location:
        text = account.objects.read_text(f"s3://{location['Bucket']}/{location['ObjectKey']}")
    if not text:
        raise ValidationError("a pipeline needs a PipelineDefinition or a PipelineDefinitionS3Location")
    # Imported here for the same reason as in ``executions``.
    from local_sagemaker.definition.definition import read
    from local_sagemaker.definition.definition_errors import DefinitionError
    from local_sagemaker.definition.graph import graph_of
    from local_sagemaker.service_model import sagemaker

    try:
        graph_of(read(text).bind(sagemaker()))
    except DefinitionError as error:
        raise ValidationError(str(error)) from None
    return text
