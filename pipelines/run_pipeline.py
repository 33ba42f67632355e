"""Create or update a pipeline, start it, follow it, and print its result."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from local_sagemaker.definition.definition import Definition, read
from local_sagemaker.definition.diff import changes
from local_sagemaker.definition.parameters import declared_parameters
from local_sagemaker.definition.step_code import no_code
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.lint import linting
from local_sagemaker.tools.modules import convert_struct, get_pipeline_driver
from local_sagemaker.tools.service import baselines, results
from local_sagemaker.tools.service.step_metadata import CHECK_STEP_TYPES
from local_sagemaker.tools.service.uploads import UploadPlan, plan
from local_sagemaker.tools.service.upserts import check_owner, existing_pipeline, upsert
from local_sagemaker.tools.tags import convert_tags, get_pipeline_custom_tags
from local_sagemaker.tools.targets import Target, open_target
from local_sagemaker.tools.terminal import command_line, output, summaries
from local_sagemaker.tools.terminal.progress import busy, finish
from local_sagemaker.tools.uploads import code_reader

EXAMPLES = """\
examples:
  run-pipeline -n pipelines.abalone.pipeline --local
  run-pipeline -n pipelines.abalone.pipeline --local --parameters MseThreshold=5.0 InputDataUrl=./my-shells.csv
  run-pipeline --definition definition.json --local
  run-pipeline -n pipelines.abalone.pipeline -role-arn arn:aws:iam::...:role/... --kwargs '{"region": "eu-west-1"}'

On AWS the jobs use the same role, unless --kwargs names another, and the SDK's default bucket, unless --kwargs names a
default_bucket.

stdout gets the result (as JSON if it is not a terminal), stderr the progress.
exit codes: 0 the execution succeeded, 1 it failed, 2 wrong use, 3 a check found violations, 130 interrupted (the
execution continues)
"""


#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")


class PreparedPipeline(NamedTuple):
    """A pipeline that is ready to be created or updated; ``pipeline`` is the SDK's if it comes from a module.

    ``first_run`` holds the parameters that were set because a check has no baseline yet.
    """

    name: str
    definition: Definition
    tags: list[dict[str, str]]
    role: str | None
    inputs: UploadPlan
    first_run: dict[str, str]
    pipeline: Any = None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    parser = _parser()
    command_line.complete(parser)
    arguments = parser.parse_args(argv)
    if (arguments.module_name is None) == (arguments.definition is None):
        parser.print_help(sys.stderr)
        print("\nerror: give one of -n/--module-name and --definition", file=sys.stderr)
        return 2
    with busy(f"preparing {arguments.module_name or arguments.definition}"):
        target, prepared = _prepare(arguments)
        plan = _plan(target, prepared) if arguments.dry_run or arguments.no_start else {}
        if not arguments.dry_run:
            _upsert(arguments, target, prepared)
        if not plan:
            arn = _start(target, prepared)
    if prepared.first_run:
        settings = " ".join(f"{parameter}={value}" for parameter, value in prepared.first_run.items())
        print(f"no approved version carries a baseline to compare with yet, so: {settings}", file=sys.stderr)
        print("approve the version that this registers, and later executions compare with it", file=sys.stderr)
    if plan:
        output.emit(plan | {"done": arguments.no_start}, _format_plan, arguments.format)
        return 0
    result = _result(target, arn, prepared.name) if arguments.no_wait else finish(target, arn, prepared.name)
    output.emit(result, summaries.text, arguments.format)
    return results.exit_code(result)


def _prepare(arguments: argparse.Namespace) -> tuple[Target, PreparedPipeline]:
    """Check everything that can be wrong, before anything is uploaded, created or started."""
    parameters = command_line.parameters(arguments.parameters)
    kwargs, tags = convert_struct(arguments.kwargs), convert_tags(arguments.tags)
    target = open_target(arguments.local, kwargs.get("region"))
    if arguments.definition:
        definition, pipeline = read(_read_file(arguments.definition)), None
        name = _pipeline_name(arguments)
        defaults = target.defaults(kwargs, arguments.role_arn)
    else:
        defaults = target.defaults(kwargs, arguments.role_arn)
        pipeline = get_pipeline_driver(arguments.module_name, {**kwargs, **defaults, "session": target.session})
        name, definition = pipeline.name, read(pipeline.definition())
        # On this machine there are no SageMaker Projects whose tags could be looked up.
        project = {} if target.root else kwargs
        own_tags = [*pipeline.own_tags, *tags]
        tags = get_pipeline_custom_tags(arguments.module_name, project, own_tags, target.client)
    linting.lint_or_raise(definition)  # what follows may rely on what lint requires
    inputs = plan(defaults["default_bucket"], name, definition, parameters, is_started=not arguments.no_start)
    values = baselines.parameters(target.client, definition, inputs.values)
    first_run = {parameter: value for parameter, value in values.items() if parameter not in inputs.values}
    inputs = inputs._replace(values=values)
    declared = declared_parameters(definition)
    # A start on this machine reads the code itself, once it is uploaded.
    read_code = no_code if target.root and not arguments.dry_run else code_reader(pipeline)
    given_values = {name: declared[name].read(value) for name, value in values.items()}
    linting.warn(linting.lint_or_raise(definition, given_values, read_code))
    if not arguments.no_start:
        code = pipeline.missing_uploads(target.session.client("s3")) if pipeline is not None and target.root else []
        target.check_start(definition, values, [*code, *inputs.files], notes=arguments.dry_run)
    return target, PreparedPipeline(name, definition, tags, defaults["role"], inputs, first_run, pipeline)


def _pipeline_name(arguments: argparse.Namespace) -> str:
    """Return the name that a definition's pipeline gets."""
    name = arguments.pipeline_name or Path(arguments.definition).stem
    if not _NAME.fullmatch(name):
        source = "--pipeline-name" if arguments.pipeline_name else f"the name of the file {arguments.definition!r}"
        valid_name = re.sub("[^a-zA-Z0-9]+", "-", name).strip("-")[:256] or "my-pipeline"
        raise UsageError(
            f"{source} makes no pipeline name, which has 1 to 256 of A-Z, a-z, 0-9 and inner '-'; use "
            f"--pipeline-name {valid_name}"
        )
    return name


def _read_file(path: str) -> str:
    text = command_line.read_text(path)
    if not text.strip():
        raise UsageError(f"{path!r} is empty")
    return text


def _warn_of_closed_services(definition: Definition) -> None:
    """Print a note, before anything is sent to AWS, that a new account cannot run SageMaker's own checks."""
    if names := [step.name for step in definition.steps if step.type in CHECK_STEP_TYPES]:
        print(
            f"note: {', '.join(names)}: only accounts that used Model Monitor and Clarify before July 2026 can run "
            "these; CHECK_ENGINE=project compiles this project's own checks instead",
            file=sys.stderr,
        )


def _upsert(arguments: argparse.Namespace, target: Target, prepared: PreparedPipeline) -> None:
    """Create or update the pipeline, and upload what it needs."""
    if not target.root:
        _warn_of_closed_services(prepared.definition)
    description = arguments.description
    if prepared.pipeline is not None:
        with prepared.pipeline.compile_once(prepared.definition.text):
            prepared.pipeline.upsert(arguments.role_arn, description=description, tags=prepared.tags or None)
    elif prepared.role is None:
        raise UsageError("--definition on AWS needs --role-arn")
    else:
        request = {
            "PipelineName": prepared.name,
            "RoleArn": prepared.role,
            "PipelineDefinition": prepared.definition.text,
        } | ({"PipelineDescription": description} if description else {})
        upsert(target.client, request, prepared.tags)
    prepared.inputs.send(target.session.client("s3"))


def _start(target: Target, prepared: PreparedPipeline) -> str:
    """Start the pipeline; return the execution's ARN."""
    values = [{"Name": name, "Value": value} for name, value in prepared.inputs.values.items()]
    execution = target.client.start_pipeline_execution(PipelineName=prepared.name, PipelineParameters=values)
    return str(execution["PipelineExecutionArn"])


def _result(target: Target, arn: str, name: str) -> dict[str, Any]:
    return results.summary(target, target.client.describe_pipeline_execution(PipelineExecutionArn=arn), name)


def _plan(target: Target, prepared: PreparedPipeline) -> dict[str, Any]:
    """Return what a run would do before it starts the pipeline; nothing is uploaded, created or started here."""
    existing = existing_pipeline(target.client, prepared.name)
    if existing:
        check_owner(target.client, existing, prepared.tags)
    is_same = existing is not None and existing.get("PipelineDefinition") == prepared.definition.text
    differences = changes(read(existing["PipelineDefinition"]), prepared.definition) if existing else []
    s3 = target.session.client("s3")
    code = prepared.pipeline.missing_uploads(s3) if prepared.pipeline is not None else []
    return {
        "pipeline": prepared.name,
        "action": "create" if existing is None else "none, as the definition is the same" if is_same else "update",
        "changes": [str(change) for change in differences],
        "uploads": [f"s3://{bucket}/{key}" for bucket, key in [*code, *prepared.inputs.missing(s3)]],
        "parameters": prepared.inputs.values,
        "tags": prepared.tags,
    }


def _format_plan(plan: dict[str, Any]) -> str:
    """Return the plan as text for the terminal."""
    status = "done; not started" if plan["done"] else "dry run: nothing was changed"
    lines = [f"{plan['pipeline']}: {plan['action']} ({status})"]
    lines += [f"  change   {change}" for change in plan["changes"]]
    lines += [f"  upload   {uri}" for uri in plan["uploads"]]
    lines += [f"  with     {name} = {value}" for name, value in plan["parameters"].items()]
    return "\n".join([*lines, *(f"  tag      {t['Key']} = {t['Value']}" for t in plan["tags"])])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "run-pipeline", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command_line.add_source(parser)
    add = parser.add_argument
    add("--definition", metavar="FILE", help="a definition as JSON, instead of a module")
    add("--pipeline-name", metavar="NAME", help="with --definition: the pipeline's name; the file's by default")
    add("-role-arn", "--role-arn", metavar="ARN", help="the role that the pipeline's service assumes")
    add("-description", "--description", metavar="TEXT", help="the pipeline's description")
    add("-tags", "--tags", metavar="JSON", help="""the pipeline's tags: '[{"Key": "team", "Value": "shells"}]'""")
    command_line.add_local(parser)
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
    command_line.add_format(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
