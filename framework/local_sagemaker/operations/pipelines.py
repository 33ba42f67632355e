"""Operations that create, update, describe, list and delete pipelines. They reject definitions that cannot run, as on
AWS.
"""

from __future__ import annotations

import re
import shutil
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.arns import own_name
from local_sagemaker.definition.members.execution import PARALLELISM, PIPELINE_TEXTS, REPEATED_CALL, VERSIONS
from local_sagemaker.definition.members.shared import ROLE, TAGS, VERSIONS_OF_OBJECTS
from local_sagemaker.definition.members.table import Table
from local_sagemaker.errors import ConflictError, NotFoundError, ValidationError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import PAGES, listing
from local_sagemaker.store import Exists

SERVICE = "sagemaker"
#: What a request to create or to update a pipeline has.
_DESCRIPTION = Table(
    f"PipelineDefinitionS3Location.Bucket PipelineDefinitionS3Location.ObjectKey {PARALLELISM}",
    recorded={**PIPELINE_TEXTS, "RoleArn": ROLE},
    refused={"PipelineDefinitionS3Location.VersionId": VERSIONS_OF_OBJECTS},
)
#: What AWS accepts in a pipeline, and rejects only when it runs (the SDK's own tests create such pipelines). The start
#: of an execution checks everything.
_CHECKED_AT_START = ("incomparable", "input-from-nowhere", "wrong-pattern")
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")


@takes(_DESCRIPTION | Table(recorded={"Tags": TAGS}))
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
    """Create a pipeline (CreatePipeline). A ClientRequestToken that was used before returns the pipeline of then.

    ``optional``: PipelineDisplayName, PipelineDescription, ParallelismConfiguration.
    """
    if not _NAME.fullmatch(PipelineName):
        raise ValidationError(
            f"the pipeline name {PipelineName[:80]!r} is invalid; use 1 to 256 of A-Z, a-z, 0-9 and inner '-'"
        )
    now = account.now()
    document = (
        {"PipelineDisplayName": PipelineName}
        | optional
        | {
            "PipelineArn": account.arn(f"pipeline/{PipelineName}"),
            "PipelineName": PipelineName,
            "PipelineDefinition": _definition(account, PipelineDefinition, PipelineDefinitionS3Location),
            "RoleArn": RoleArn,
            "PipelineStatus": "Active",
            "CreationTime": now,
            "LastModifiedTime": now,
            "Tags": Tags or [],
            "ClientRequestToken": ClientRequestToken,
        }
    )
    try:
        account.store.insert("pipeline", PipelineName, document)
    except Exists:
        existing = account.store.get("pipeline", PipelineName) or {}
        if ClientRequestToken and existing.get("ClientRequestToken") == ClientRequestToken:
            return existing
        raise ValidationError(
            f"Pipeline names must be unique within an AWS account and region. Pipeline with name ({PipelineName}) "
            "already exists."
        ) from None
    return document


@takes(_DESCRIPTION)
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
    name = _pipeline(account, PipelineName)["PipelineName"]
    if PipelineDefinition or PipelineDefinitionS3Location:
        changes["PipelineDefinition"] = _definition(account, PipelineDefinition, PipelineDefinitionS3Location)
    changes["LastModifiedTime"] = account.now()
    return account.store.update("pipeline", name, changes)


@takes(Table(refused={"PipelineVersionId": VERSIONS}))
def describe_pipeline(account: Account, *, PipelineName: str) -> dict[str, Any]:
    """Return a pipeline by name or ARN (DescribePipeline)."""
    return _pipeline(account, PipelineName)


@takes(Table(f"CreatedAfter CreatedBefore {PAGES}"))
def list_pipelines(account: Account, *, PipelineNamePrefix: str = "", **query: Any) -> dict[str, Any]:
    """List the pipelines (ListPipelines)."""
    pipelines = [p for p in account.store.list("pipeline") if p["PipelineName"].startswith(PipelineNamePrefix)]
    return listing("PipelineSummaries", pipelines, query, name="PipelineName")


@takes(Table(recorded=REPEATED_CALL))
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


def _pipeline(account: Account, name_or_arn: str) -> dict[str, Any]:
    document = account.store.get("pipeline", own_name(account, name_or_arn, "pipeline"))
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
        graph_of(read(text).bind(sagemaker()), later=_CHECKED_AT_START)
    except DefinitionError as error:
        raise ValidationError(str(error)) from None
    return text
