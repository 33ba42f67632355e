"""List the pipelines, or the executions of one, the newest first."""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.tools.commands._names import add_limit, add_pipeline
from local_sagemaker.tools.service.executions import RUNNING, check_pipeline, last_used, latest, pages
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal.output import duration, moment, table

EXAMPLES = (
    "pipelines list --local",
    "pipelines list AbalonePipeline --local",
    "pipelines list --region eu-west-1 --format json | jq .pipelines[].name",
)
HEADER = ("EXECUTION", "STATUS", "STARTED", "TOOK", "REASON")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which pipeline; all by default."""
    add_pipeline(parser, nargs="?", help="whose executions to list; without it, the pipelines")
    add_limit(parser)


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """``{"pipelines": [...]}``, each with its newest execution; or ``{"pipeline": name, "executions": [...]}``."""
    if arguments.pipeline:
        check_pipeline(target.client, arguments.pipeline)
        found = pages(target.client, "list_pipeline_executions", PipelineName=arguments.pipeline)
        newest = sorted(found, key=lambda e: e["StartTime"], reverse=True)[: arguments.max]
        return {"pipeline": arguments.pipeline, "executions": [_execution(target, e) for e in newest]}
    used = sorted(pages(target.client, "list_pipelines"), key=last_used, reverse=True)[: arguments.max]
    return {"pipelines": [_pipeline(target, p["PipelineName"]) for p in used]}


def text(result: dict[str, Any]) -> Any:
    """A table."""
    if "executions" in result:
        return table(HEADER, map(_row, result["executions"]))
    rows = [(p["name"], *_row(p["last_execution"])) for p in result["pipelines"]]
    return table(("PIPELINE", "LAST " + HEADER[0], *HEADER[1:]), rows)


def _pipeline(target: Target, name: str) -> dict[str, Any]:
    newest = latest(target.client, name)
    return {"name": name, "last_execution": _execution(target, newest) if newest else None}


def _execution(target: Target, found: dict[str, Any]) -> dict[str, Any]:
    """A summary as JSON holds it; when it ended is told only by its description."""
    arn, status = found["PipelineExecutionArn"], found["PipelineExecutionStatus"]
    described = target.client.describe_pipeline_execution(PipelineExecutionArn=arn)
    took = (described["LastModifiedTime"] - found["StartTime"]).total_seconds()
    return {
        "id": arn.rpartition("/")[2],
        "arn": arn,
        "status": status,
        "started": found["StartTime"].isoformat(),
        "seconds": None if status in RUNNING else took,
        "failure_reason": described.get("FailureReason") or None,
    }


def _row(execution: dict[str, Any] | None) -> tuple[Any, ...]:
    if execution is None:
        return ("none yet", None, None, None, None)
    started, took = moment(execution["started"]), duration(execution["seconds"])
    return execution["id"], execution["status"], started, took, execution["failure_reason"]
