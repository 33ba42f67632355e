"""Show one execution: its parameters, its steps, why it failed, the model that it registered."""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.definition.parse import step_names
from pipelines import results
from pipelines.commands._names import add_execution
from pipelines.executions import find, pages
from pipelines.targets import Target

from rich.console import Group
from rich.text import Text

EXAMPLES = (
    "pipelines show --local                     the newest execution of all",
    "pipelines show AbalonePipeline --local     the newest of that pipeline",
    "pipelines show t2gdxqkkly33 --local --format json | jq .steps",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which execution."""
    add_execution(parser)


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """The execution's summary, its parameters, and the steps that have not started."""
    arn = find(target.client, arguments.execution)
    result = results.summary(target, target.client.describe_pipeline_execution(PipelineExecutionArn=arn))
    values = pages(target.client, "list_pipeline_parameters_for_execution", PipelineExecutionArn=arn)
    definition = target.client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    started = {step["name"] for step in result["steps"]}
    waiting = [name for name in step_names(definition["PipelineDefinition"]) if name not in started]
    return result | {"parameters": {p["Name"]: p["Value"] for p in values}, "not_started": waiting}


def text(result: dict[str, Any]) -> Any:
    """Parameters, a line a step, and the summary."""
    width = max(map(len, result["parameters"]), default=0)
    lines = [Text(f"{name.ljust(width)}  {value}", style="dim") for name, value in result["parameters"].items()]
    lines += [results.step_line(step) for step in result["steps"]]
    other = "not taken" if result["status"] == "Succeeded" else "not started"
    lines += [results.step_line({"name": name, "status": other}) for name in result["not_started"]]
    return Group(*lines, results.text(result))
