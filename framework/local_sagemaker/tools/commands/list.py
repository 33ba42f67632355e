"""List the pipelines, or the executions of one pipeline, newest first."""

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
    """Add the arguments: the pipeline, and how many items to list."""
    add_pipeline(parser, nargs="?", help="list the executions of this pipeline; default: list the pipelines")
    add_limit(parser)


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Return ``{"pipelines": [...]}`` with the newest executions, or ``{"pipeline": name, "executions": [...]}``."""
    if arguments.pipeline:
        check_pipeline(target.client, arguments.pipeline)
        executions = pages(target.client, "list_pipeline_executions", PipelineName=arguments.pipeline)
        newest = sorted(executions, key=lambda e: e["StartTime"], reverse=True)[: arguments.max]
        return {"pipeline": arguments.pipeline, "executions": [_execution(target, e) for e in newest]}
    pipelines = sorted(pages(target.client, "list_pipelines"), key=last_used, reverse=True)[: arguments.max]
    return {"pipelines": [_pipeline(target, p["PipelineName"]) for p in pipelines]}


def text(result: dict[str, Any]) -> Any:
    """Return a table."""
    if "executions" in result:
        return table(HEADER, map(_row, result["executions"]))
    rows = [(p["name"], *_row(p["last_execution"])) for p in result["pipelines"]]
    return table(("PIPELINE", "LAST " + HEADER[0], *HEADER[1:]), rows)


def _pipeline(target: Target, name: str) -> dict[str, Any]:
    newest = latest(target.client, name)
    return {"name": name, "last_execution": _execution(target, newest) if newest else None}


def _execution(target: Target, summary: dict[str, Any]) -> dict[str, Any]:
    """Return an execution's facts for JSON. Its end time is not in the summary, only in its description."""
    arn, status = summary["PipelineExecutionArn"], summary["PipelineExecutionStatus"]
    description = target.client.describe_pipeline_execution(PipelineExecutionArn=arn)
    took = (description["LastModifiedTime"] - summary["StartTime"]).total_seconds()
    return {
        "id": arn.rpartition("/")[2],
        "arn": arn,
        "status": status,
        "started": summary["StartTime"].isoformat(),
        "seconds": None if status in RUNNING else took,
        "failure_reason": description.get("FailureReason") or None,
    }


def _row(execution: dict[str, Any] | None) -> tuple[Any, ...]:
    if execution is None:
        return ("none yet", None, None, None, None)
    started, took = moment(execution["started"]), duration(execution["seconds"])
    return execution["id"], execution["status"], started, took, execution["failure_reason"]
