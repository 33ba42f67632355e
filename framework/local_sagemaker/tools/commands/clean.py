"""Delete the job records and S3 objects of a pipeline's executions that have no registered model.

These are kept: registered models and everything that their executions wrote; the results of successful executions, if
the pipeline registers no models (e.g. one that scores); objects under a prefix that several executions share. --delete
also deletes the pipeline itself, with the history of its executions.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.command_names import command_name
from local_sagemaker.tools.commands._names import add_pipeline
from local_sagemaker.tools.service import cleanup
from local_sagemaker.tools.service.executions import RUNNING, check_pipeline, pages
from local_sagemaker.tools.targets import Target

EXAMPLES = (
    "pipelines clean AbalonePipeline --local              prints what would be deleted, and asks",
    "pipelines clean AbalonePipeline --local --yes",
    "pipelines clean AbalonePipeline --local --delete --yes",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the pipeline, and whether to delete it and to ask before."""
    add_pipeline(parser)
    parser.add_argument("--delete", action="store_true", help="also delete the pipeline, with its history")
    parser.add_argument("--yes", action="store_true", help="delete without asking")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Delete the orphans, if the user agrees; return what was, or would be, deleted."""
    name = arguments.pipeline
    check_pipeline(target.client, name)
    if arguments.delete:
        _refuse_running(target, name)
    orphans = cleanup.find(target, name)
    plan = {
        "pipeline": name,
        "executions": orphans.executions,
        "jobs": len(orphans.jobs),
        "objects": len(orphans.objects),
        "bytes": orphans.size,
        "delete_pipeline": arguments.delete,
    }
    has_any = bool(orphans.jobs or orphans.objects) or arguments.delete
    is_confirmed = has_any and (arguments.yes or _confirm(plan))
    if is_confirmed:
        cleanup.delete(target, orphans)
        if arguments.delete:
            target.client.delete_pipeline(PipelineName=name)
    return plan | {"deleted": is_confirmed}


def text(result: dict[str, Any]) -> str:
    """Return one line."""
    if not (result["jobs"] or result["objects"] or result["delete_pipeline"]):
        return "nothing to clean: each execution that has ended registered a model, or was cleaned before"
    return f"{_plan_text(result)}: {'deleted' if result['deleted'] else 'nothing deleted; pass --yes to delete'}"


def _plan_text(plan: dict[str, Any]) -> str:
    pipeline = f"the pipeline {plan['pipeline']!r} with its history, and " if plan["delete_pipeline"] else ""
    return (
        f"{pipeline}{plan['jobs']} jobs and models and {plan['objects']} objects ({plan['bytes'] / 1e6:.1f} MB) "
        f"of {len(plan['executions'])} executions without a registered model"
    )


def _confirm(plan: dict[str, Any]) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    print(f"{_plan_text(plan)}: delete? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _refuse_running(target: Target, name: str) -> None:
    for execution in pages(target.client, "list_pipeline_executions", PipelineName=name):
        if execution["PipelineExecutionStatus"] in RUNNING:
            identifier = execution["PipelineExecutionArn"].rpartition("/")[2]
            raise UsageError(
                f"{identifier} is running; stop it first: {command_name()} stop {identifier}{target.options}"
            )
