"""Retry an execution that failed or was stopped: keep what succeeded, run the other steps with the same definition."""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.tools.commands._names import add_execution
from local_sagemaker.tools.service import results
from local_sagemaker.tools.service.executions import find, steps
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal import summaries
from local_sagemaker.tools.terminal.progress import finish

EXAMPLES = ("pipelines retry t2gdxqkkly33 --local", "pipelines retry AbalonePipeline --no-wait --region eu-west-1")

text, exit_code = summaries.text, results.exit_code


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the execution, and whether to wait for its end."""
    add_execution(parser)
    parser.add_argument("--no-wait", action="store_true", help="return at once; the execution continues")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Retry the execution; return its summary. Code changed since the start is not used: that needs run-pipeline."""
    arn = find(target.client, arguments.execution)
    before = list(steps(target.client, arn))
    target.client.retry_pipeline_execution(PipelineExecutionArn=arn)
    if arguments.no_wait:
        return results.summary(target, target.client.describe_pipeline_execution(PipelineExecutionArn=arn))
    return finish(target, arn, before=before)
