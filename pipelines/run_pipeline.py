"""Create or update a pipeline, start it, follow it, and say what it came to."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines import command_line
from pipelines._utils import convert_struct, convert_tags, get_pipeline_custom_tags, get_pipeline_driver
from pipelines.errors import UsageError
from pipelines.progress import busy, show
from pipelines.results import summary, text
from pipelines.targets import Target, open_target
from pipelines.uploads import upload_paths

from botocore.exceptions import ClientError

SECONDS_BETWEEN_LOOKS = {"local": 0.1, "aws": 10.0}
EXAMPLES = """\
examples:
  run-pipeline -n pipelines.abalone.pipeline --local
  run-pipeline -n pipelines.abalone.pipeline --local --parameters MseThreshold=5.0 InputDataUrl=./my-shells.csv
  run-pipeline --definition definition.json --local
  run-pipeline -n pipelines.abalone.pipeline -role-arn arn:aws:iam::...:role/... --kwargs '{"region": "eu-west-1"}'

On AWS the role is also that of the jobs, unless --kwargs names another, and the bucket is the SDK's default one, unless
--kwargs names a default_bucket.

stdout gets the result (JSON where it is no terminal), stderr the progress.
exit codes: 0 the execution succeeded, 1 it failed, 2 wrong use, 130 interrupted (the execution goes on)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return command_line.edge(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    if (arguments.module_name is None) == (arguments.definition is None):
        parser.print_help(sys.stderr)
        print("\nerror: give one of -n/--module-name and --definition", file=sys.stderr)
        return 2
    given = command_line.parameters(arguments.parameters)
    kwargs = convert_struct(arguments.kwargs)
    with busy(f"preparing {arguments.module_name or arguments.definition}"):
        target = open_target(arguments.local, kwargs, arguments.role_arn)
        name, definition = _upsert(arguments, kwargs, target)
        values = upload_paths(target.session, target.bucket, name, definition, given)
        arn = _start(target, name, values)
    delay = SECONDS_BETWEEN_LOOKS["aws" if target.root is None else "local"]
    execution = show(target.session, arn, delay, target.root)
    result = summary(target.session, execution, name, target.root)
    print(text(result) if sys.stdout.isatty() else json.dumps(result))
    return 0 if result["status"] == "Succeeded" else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "run-pipeline", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command_line.add_source(parser)
    add = parser.add_argument
    add("--definition", metavar="FILE", help="a definition as JSON, instead of a module")
    add("--pipeline-name", metavar="NAME", help="with --definition: the pipeline's name; the file's by default")
    add("-role-arn", "--role-arn", metavar="ARN", help="the role that the pipeline's service assumes")
    add("-description", "--description", metavar="TEXT", help="of the pipeline")
    add("-tags", "--tags", metavar="JSON", help="""of the pipeline: '[{"Key": "team", "Value": "shells"}]'""")
    add(
        "--local",
        nargs="?",
        const=True,
        metavar="ROOT",
        help="run on this machine, in this folder (.local-sagemaker by default); AWS is not involved",
    )
    add(
        "--parameters",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="values for the execution; for a URL parameter also a local path, which is uploaded",
    )
    return parser


def _upsert(arguments: argparse.Namespace, kwargs: dict[str, Any], target: Target) -> tuple[str, str]:
    """Create or update the pipeline; its name and definition."""
    tags = convert_tags(arguments.tags)
    if arguments.definition:
        return _upsert_file(arguments, tags, target)
    pipeline = get_pipeline_driver(arguments.module_name, {**kwargs, **target.defaults, "session": target.session})
    tags = get_pipeline_custom_tags(arguments.module_name, kwargs, tags, target.client)
    pipeline.upsert(role_arn=arguments.role_arn, description=arguments.description, tags=tags or None)
    return pipeline.name, pipeline.definition()


def _upsert_file(arguments: argparse.Namespace, tags: list[dict[str, str]], target: Target) -> tuple[str, str]:
    """The same from a file, with boto3 alone: the SDK need not be there."""
    definition = command_line.read_text(arguments.definition)
    name = arguments.pipeline_name or Path(arguments.definition).stem
    role = arguments.role_arn or target.defaults["role"]
    if role is None:
        raise UsageError("--definition on AWS needs --role-arn")
    if not definition.strip():
        raise UsageError(f"{arguments.definition!r} is empty")
    request = {"PipelineName": name, "RoleArn": role, "PipelineDefinition": definition}
    if arguments.description:
        request["PipelineDescription"] = arguments.description
    if not _exists(target.client, name):
        target.client.create_pipeline(**request, Tags=tags)
    else:
        arn = target.client.update_pipeline(**request)["PipelineArn"]
        if tags:
            target.client.add_tags(ResourceArn=arn, Tags=tags)
    return name, definition


def _exists(client: Any, pipeline: str) -> bool:
    try:
        client.describe_pipeline(PipelineName=pipeline)
    except ClientError as error:
        if error.response["Error"]["Code"].startswith("ResourceNotFound"):
            return False
        raise
    return True


def _start(target: Target, name: str, values: dict[str, str]) -> str:
    words = [{"Name": n, "Value": v} for n, v in values.items()]
    started = target.client.start_pipeline_execution(PipelineName=name, PipelineParameters=words)
    return str(started["PipelineExecutionArn"])


if __name__ == "__main__":
    sys.exit(main())
