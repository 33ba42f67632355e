"""Says what a run would create, update and upload, without doing any of it."""

from __future__ import annotations

from typing import Any

from local_sagemaker.definition.definition import read
from local_sagemaker.definition.diff import changes
from local_sagemaker.tools.runs.prepared import PreparedPipeline
from local_sagemaker.tools.service.upserts import check_owner, existing_pipeline
from local_sagemaker.tools.targets import Target


def run_plan(target: Target, prepared: PreparedPipeline) -> dict[str, Any]:
    """Return what a run would do before it starts the pipeline; nothing is uploaded, created or started here."""
    existing = existing_pipeline(target.client, prepared.name)
    if existing:
        check_owner(target.client, existing, prepared.tags)
    is_same = existing is not None and existing.get("PipelineDefinition") == prepared.definition.text
    differences = changes(read(existing["PipelineDefinition"]), prepared.definition) if existing else []
    s3 = target.session.client("s3")
    uploads = [*prepared.code.missing_uploads(s3), *prepared.inputs.missing(s3)]
    return {
        "pipeline": prepared.name,
        "action": "create" if existing is None else "none, as the definition is the same" if is_same else "update",
        "changes": [str(change) for change in differences],
        "uploads": [f"s3://{bucket}/{key}" for bucket, key in uploads],
        "parameters": prepared.inputs.values,
        "tags": prepared.tags,
    }


def format_plan(plan: dict[str, Any]) -> str:
    """Return the plan as text for the terminal."""
    status = "done; not started" if plan["done"] else "dry run: nothing was changed"
    lines = [f"{plan['pipeline']}: {plan['action']} ({status})"]
    lines += [f"  change   {change}" for change in plan["changes"]]
    lines += [f"  upload   {uri}" for uri in plan["uploads"]]
    lines += [f"  with     {name} = {value}" for name, value in plan["parameters"].items()]
    return "\n".join([*lines, *(f"  tag      {t['Key']} = {t['Value']}" for t in plan["tags"])])
