"""Show one execution: its parameters and steps, why it failed, the model it registered, its checks' violations."""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.definition.definition import read
from local_sagemaker.tools.commands._names import add_execution
from local_sagemaker.tools.service import results, violations
from local_sagemaker.tools.service.executions import find, pages
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal import summaries
from local_sagemaker.tools.terminal.output import table

EXAMPLES = (
    "pipelines show --local                     the newest execution of all pipelines",
    "pipelines show AbalonePipeline --local     the newest execution of that pipeline",
    "pipelines show t2gdxqkkly33 --local --format json | jq .steps",
    "pipelines show AbalonePipeline --local --violations     exit code 3 if there are any",
)


HEADER = ("STEP", "COLUMN", "CHECK", "EXPECTED", "OBSERVED")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the execution, and whether to show only its violations."""
    add_execution(parser)
    parser.add_argument(
        "--violations",
        action="store_true",
        help="show only the violations of its checks: column, check, expected, observed",
    )


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Return the execution's summary, its parameters, and the steps that have not started; or only its violations."""
    arn = find(target.client, arguments.execution)
    if arguments.violations:
        return {"execution_arn": arn, "violations": violations.find_violations(target, arn)}
    result = results.summary(target, target.client.describe_pipeline_execution(PipelineExecutionArn=arn))
    values = pages(target.client, "list_pipeline_parameters_for_execution", PipelineExecutionArn=arn)
    definition = target.client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    started = {step["name"] for step in result["steps"]}
    waiting = [s.name for s in read(definition["PipelineDefinition"]).steps if s.name not in started]
    return result | {"parameters": {p["Name"]: p["Value"] for p in values}, "not_started": waiting}


def text(result: dict[str, Any]) -> Any:
    """Return the parameters, a line per step, and the summary; or a table of the violations."""
    if "violations" in result:
        rows = [violation.values() for violation in result["violations"]]
        return table(HEADER, [list(row) for row in rows]) if rows else "no violations"
    from rich.console import Group
    from rich.text import Text

    width = max(map(len, result["parameters"]), default=0)
    lines = [Text(f"{name.ljust(width)}  {value}", style="dim") for name, value in result["parameters"].items()]
    lines += [summaries.step_line(step) for step in result["steps"]]
    status = "not taken" if result["status"] == "Succeeded" else "not started"
    lines += [summaries.step_line({"name": name, "status": status}) for name in result["not_started"]]
    return Group(*lines, summaries.text(result))


def exit_code(result: dict[str, Any]) -> int:
    """Return 3 if --violations was passed and there are any."""
    return results.VIOLATIONS_EXIT_CODE if result.get("violations") else 0
