"""Delete what a pipeline's executions without a registered model left behind: their jobs' records and their objects.

Registered models, and all that their executions wrote, stay; so does what executions of a pipeline that registers no
models, but scores, have left when they succeeded. So does what lies under a prefix that several executions
share. With --delete the pipeline itself goes too, with the history of its executions.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.commands._names import add_pipeline
from local_sagemaker.tools.service import cleanup
from local_sagemaker.tools.service.executions import RUNNING, check_pipeline, pages
from local_sagemaker.tools.targets import Target

EXAMPLES = (
    "pipelines clean AbalonePipeline --local              says what would go, and asks",
    "pipelines clean AbalonePipeline --local --yes",
    "pipelines clean AbalonePipeline --local --delete --yes",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which pipeline, how much of it, and whether that is certain."""
    add_pipeline(parser)
    parser.add_argument("--delete", action="store_true", help="the pipeline too, with its history")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """What was, or would be, deleted."""
    name = arguments.pipeline
    check_pipeline(target.client, name)
    if arguments.delete:
        _refuse_running(target, name)
    found = cleanup.find(target, name)
    plan = {
        "pipeline": name,
        "executions": found.executions,
        "jobs": len(found.jobs),
        "objects": len(found.objects),
        "bytes": found.size,
        "delete_pipeline": arguments.delete,
    }
    has_any = bool(found.jobs or found.objects) or arguments.delete
    is_certain = has_any and (arguments.yes or _asked(plan))
    if is_certain:
        cleanup.delete(target, found)
        if arguments.delete:
            target.client.delete_pipeline(PipelineName=name)
    return plan | {"deleted": is_certain}


def text(result: dict[str, Any]) -> str:
    """One line."""
    if not (result["jobs"] or result["objects"] or result["delete_pipeline"]):
        return "nothing to clean: each execution that has ended registered a model, or was cleaned before"
    return f"{_plan(result)}: {'deleted' if result['deleted'] else 'nothing deleted; --yes does it'}"


def _plan(plan: dict[str, Any]) -> str:
    pipeline = f"the pipeline {plan['pipeline']!r} with its history, and " if plan["delete_pipeline"] else ""
    return (
        f"{pipeline}{plan['jobs']} jobs and models and {plan['objects']} objects ({plan['bytes'] / 1e6:.1f} MB) "
        f"of {len(plan['executions'])} executions without a registered model"
    )


def _asked(plan: dict[str, Any]) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    print(f"{_plan(plan)}: delete? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _refuse_running(target: Target, name: str) -> None:
    for execution in pages(target.client, "list_pipeline_executions", PipelineName=name):
        if execution["PipelineExecutionStatus"] in RUNNING:
            identifier = execution["PipelineExecutionArn"].rpartition("/")[2]
            raise UsageError(f"{identifier} runs; first: pipelines stop {identifier}{target.options}")
