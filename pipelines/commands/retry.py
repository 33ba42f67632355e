"""Retry an execution that failed or was stopped: what has succeeded stays, the rest runs with the same definition."""

from __future__ import annotations

import argparse
from typing import Any

from pipelines import results
from pipelines.commands._names import add_execution
from pipelines.executions import find, steps
from pipelines.progress import finish
from pipelines.targets import Target

EXAMPLES = ("pipelines retry t2gdxqkkly33 --local", "pipelines retry AbalonePipeline --no-wait --region eu-west-1")

text, exit_code = results.text, results.exit_code


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which execution, and whether to stay."""
    add_execution(parser)
    parser.add_argument("--no-wait", action="store_true", help="come back at once; the execution goes on")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """The execution's summary. Code that was changed since is not in it: that needs run-pipeline."""
    arn = find(target.client, arguments.execution)
    before = list(steps(target.client, arn))
    target.client.retry_pipeline_execution(PipelineExecutionArn=arn)
    if arguments.no_wait:
        return results.summary(target, target.client.describe_pipeline_execution(PipelineExecutionArn=arn))
    return finish(target, arn, before=before)
