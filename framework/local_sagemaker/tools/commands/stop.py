"""Stop an execution: its jobs get SIGTERM, and SIGKILL two minutes later."""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.tools.command_names import command_name
from local_sagemaker.tools.commands._names import add_execution
from local_sagemaker.tools.service.executions import find
from local_sagemaker.tools.targets import Target

EXAMPLES = ("pipelines stop t2gdxqkkly33 --local", "pipelines stop AbalonePipeline --local     its newest execution")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the execution."""
    add_execution(parser)


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Stop the execution; return its ARN and its current status."""
    arn = find(target.client, arguments.execution)
    target.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    description = target.client.describe_pipeline_execution(PipelineExecutionArn=arn)
    show_command = f"{command_name()} show {arn.rpartition('/')[2]}{target.options}"
    return {"execution_arn": arn, "status": description["PipelineExecutionStatus"], "next": show_command}


def text(result: dict[str, Any]) -> str:
    """Return the status on one line, and the command that shows the execution."""
    return f"{result['execution_arn']}: {result['status']}\n  next     {result['next']}"
