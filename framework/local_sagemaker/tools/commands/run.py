"""Create or update a pipeline, start it, follow it, and print its result."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.tools import targets
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.modules import convert_struct
from local_sagemaker.tools.runs.plans import format_plan, run_plan
from local_sagemaker.tools.runs.prepared import PreparedPipeline, prepare
from local_sagemaker.tools.service import results
from local_sagemaker.tools.service.step_metadata import CHECK_STEP_TYPES
from local_sagemaker.tools.sources import available_sources, is_file_name
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal import command_line, summaries
from local_sagemaker.tools.terminal.progress import busy, finish

EXAMPLES = (
    "pipelines run pipelines.abalone.pipeline --local",
    "pipelines run -n pipelines.abalone.pipeline --local --parameters MseThreshold=5.0 InputDataUrl=./my-shells.csv",
    "pipelines run definition.json --local",
    "pipelines run bundle --local                  a folder that definition --bundle wrote; needs no SDK",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the pipeline, its parameters, and how far to go."""
    source: Any = parser.add_argument("source", nargs="?", metavar="SOURCE", help="MODULE, FILE or bundle FOLDER")
    source.completer = available_sources
    command_line.add_source(parser)
    add = parser.add_argument
    add("--definition", metavar="FILE", help="a definition as JSON, instead of a module")
    add("--pipeline-name", metavar="NAME", help="with a definition: the pipeline's name; the file's by default")
    add("-role-arn", "--role-arn", metavar="ARN", help="the role that the pipeline's service assumes")
    add("-description", "--description", metavar="TEXT", help="the pipeline's description")
    add("-tags", "--tags", metavar="JSON", help="""the pipeline's tags: '[{"Key": "team", "Value": "shells"}]'""")
    add(
        "--parameters",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="values for the execution; for a URL parameter also a local path, which is uploaded",
    )
    add_mode = parser.add_mutually_exclusive_group().add_argument
    add_mode("--dry-run", action="store_true", help="print what would be created, updated and uploaded; start nothing")
    add_mode("--no-start", action="store_true", help="create or update, upload, and print the values to start with")
    add_mode("--no-wait", action="store_true", help="return once it has started; pipelines show prints its status")


def open_target(arguments: argparse.Namespace) -> Target:
    """Check that one pipeline is named, before a root is made for it, and return the target.

    The region may be among get_pipeline's keyword arguments.
    """
    _take_source(arguments)
    return targets.open_target(arguments.local, arguments.region or convert_struct(arguments.kwargs).get("region"))


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Run the pipeline; return the execution's summary, or what a run would do."""
    with busy(f"preparing {arguments.module_name or arguments.definition}"):
        prepared = prepare(arguments, target)
        plan = run_plan(target, prepared) if arguments.dry_run or arguments.no_start else {}
        if not arguments.dry_run:
            if not target.root:
                _warn_of_closed_services(prepared.definition)
            prepared.send(target, arguments.description)
        arn = "" if plan else _start(target, prepared)
    _print_first_run(prepared)
    if plan:
        return plan | {"done": arguments.no_start}
    if arguments.no_wait:
        execution = target.client.describe_pipeline_execution(PipelineExecutionArn=arn)
        return results.summary(target, execution, prepared.name)
    return finish(target, arn, prepared.name)


def text(result: dict[str, Any]) -> Any:
    """Return the summary, or the plan, as text."""
    return format_plan(result) if "done" in result else summaries.text(result)


def exit_code(result: dict[str, Any]) -> int:
    """Return 0 for a plan, else the execution's."""
    return 0 if "done" in result else results.exit_code(result)


def _take_source(arguments: argparse.Namespace) -> None:
    """Set ``module_name`` or ``definition``, whichever way the command line names the pipeline."""
    named = [arguments.source, arguments.module_name, arguments.definition]
    if sum(name is not None for name in named) != 1:
        raise UsageError("give one of a SOURCE (MODULE, FILE or bundle FOLDER), -n/--module-name and --definition")
    if arguments.source is not None:
        setattr(arguments, "definition" if is_file_name(arguments.source) else "module_name", arguments.source)


def _print_first_run(prepared: PreparedPipeline) -> None:
    if prepared.first_run:
        settings = " ".join(f"{parameter}={value}" for parameter, value in prepared.first_run.items())
        print(f"no approved version carries a baseline to compare with yet, so: {settings}", file=sys.stderr)
        print("approve the version that this registers, and later executions compare with it", file=sys.stderr)


def _warn_of_closed_services(definition: Definition) -> None:
    """Print a note, before anything is sent to AWS, that a new account cannot run SageMaker's own checks."""
    if names := [step.name for step in definition.steps if step.type in CHECK_STEP_TYPES]:
        print(
            f"note: {', '.join(names)}: only accounts that used Model Monitor and Clarify before July 2026 can run "
            "these; CHECK_ENGINE=project compiles this project's own checks instead",
            file=sys.stderr,
        )


def _start(target: Target, prepared: PreparedPipeline) -> str:
    """Start the pipeline; return the execution's ARN."""
    values = [{"Name": name, "Value": value} for name, value in prepared.inputs.values.items()]
    execution = target.client.start_pipeline_execution(PipelineName=prepared.name, PipelineParameters=values)
    return str(execution["PipelineExecutionArn"])
