"""Adds the arguments, shared by several subcommands, that name existing resources, with their TAB completion."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from local_sagemaker.tools.service.executions import pages
from local_sagemaker.tools.targets import Target, open_existing_target

Completer = Callable[..., list[str]]
DEFAULT_LIMIT = 20


def add_execution(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names an execution; by default the newest one."""
    argument: Any = parser.add_argument(
        "execution",
        nargs="?",
        metavar="EXECUTION",
        help="id, PIPELINE/ID, ARN or pipeline; default: the newest execution",
    )
    argument.completer = _completer(_executions)


def add_pipeline(parser: argparse.ArgumentParser, **options: Any) -> None:
    """Add the argument that names a pipeline."""
    argument: Any = parser.add_argument("pipeline", metavar="PIPELINE", **options)
    argument.completer = _completer(_pipelines)


def add_model(parser: argparse.ArgumentParser, **options: Any) -> None:
    """Add the argument that names a model package group or version."""
    argument: Any = parser.add_argument("model", metavar="GROUP[/VERSION]", **options)
    argument.completer = _completer(_groups)


def add_limit(parser: argparse.ArgumentParser) -> None:
    """Add the option that limits how many items are listed: on AWS each of them is a call."""
    parser.add_argument(
        "--max", type=_count, default=DEFAULT_LIMIT, metavar="N", help=f"list the newest N (default: {DEFAULT_LIMIT})"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 1")
    return int(text)


def _completer(names: Callable[[Target], Iterator[str]]) -> Completer:
    def complete(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
        target = open_existing_target(parsed_args.local, parsed_args.region)
        return [name for name in names(target) if name.startswith(prefix)]

    return complete


def _pipelines(target: Target) -> Iterator[str]:
    return (p["PipelineName"] for p in pages(target.client, "list_pipelines"))


def _executions(target: Target) -> Iterator[str]:
    for pipeline in _pipelines(target):
        yield pipeline
        newest = target.client.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
        yield from (e["PipelineExecutionArn"].rpartition("/")[2] for e in newest)


def _groups(target: Target) -> Iterator[str]:
    return (g["ModelPackageGroupName"] for g in pages(target.client, "list_model_package_groups"))
