"""Stop an execution: its jobs get SIGTERM, and SIGKILL two minutes later."""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.tools.commands._names import add_execution
from local_sagemaker.tools.service.executions import find
from local_sagemaker.tools.targets import Target

EXAMPLES = ("pipelines stop t2gdxqkkly33 --local", "pipelines stop AbalonePipeline --local     its newest execution")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which execution."""
    add_execution(parser)


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """The execution's ARN and its status now."""
    arn = find(target.client, arguments.execution)
    target.client.stop_pipeline_execution(PipelineExecutionArn=arn)
    described = target.client.describe_pipeline_execution(PipelineExecutionArn=arn)
    shown = f"pipelines show {arn.rpartition('/')[2]}{target.options}"
    return {"execution_arn": arn, "status": described["PipelineExecutionStatus"], "next": shown}


def text(result: dict[str, Any]) -> str:
    """One line, and how to see what comes of it."""
    return f"{result['execution_arn']}: {result['status']}\n  next     {result['next']}"
