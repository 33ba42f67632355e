"""Show the differences between two definitions in plain words: parameters, steps, arguments, edges.

Each definition is a FILE, a MODULE with get_pipeline, or deployed:NAME (on AWS, or with --local on this machine). To be
compared with a deployed pipeline, a module is compiled for its region, role and bucket. Order and timestamps are
ignored; changed code is reported as changed, without its lines.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import NamedTuple

from local_sagemaker.definition.diff import Change, changes
from local_sagemaker.tools.sources import add_sources, read_all

EXAMPLES = (
    "pipelines diff deployed:AbalonePipeline pipelines.abalone.pipeline",
    "pipelines diff before.json after.json --exit-code",
)


class Difference(NamedTuple):
    """The changes between two definitions; ``counts`` says whether they set the exit code."""

    changes: list[Change]
    counts: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the two definitions, and whether a difference sets the exit code."""
    add_sources(parser, "before", "after")
    parser.add_argument("--exit-code", action="store_true", help="exit with code 1 if they differ")


def run(arguments: argparse.Namespace) -> Difference:
    """Return the changes from the first definition to the second."""
    before, after = (source.definition() for source in read_all([arguments.before, arguments.after], arguments))
    return Difference(changes(before, after), arguments.exit_code)


def exit_code(difference: Difference) -> int:
    """Return 1 if the definitions differ and --exit-code was passed."""
    return 1 if difference.counts and difference.changes else 0


def as_json(difference: Difference) -> str:
    """Return one JSON object, in which each change has its text as ``words``."""
    return json.dumps({"changes": [change._asdict() | {"words": str(change)} for change in difference.changes]})


def as_text(difference: Difference) -> str:
    """Return one line per change."""
    return "\n".join(map(str, difference.changes)) or "no difference"


FORMATS: dict[str, Callable[[Difference], str]] = {"json": as_json, "text": as_text}
