"""Say what differs between two definitions, in words that a reviewer reads: parameters, steps, arguments, edges.

Each is a FILE, a MODULE with get_pipeline, or deployed:NAME (on AWS, or with --local on this machine); beside what is
deployed a module is compiled for the same region, role and bucket. Order and timestamps do not count; of code it is
said that its content is another.
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
    """``counts``: whether the exit code is to tell of it."""

    changes: list[Change]
    counts: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which two."""
    add_sources(parser, "before", "after")
    parser.add_argument("--exit-code", action="store_true", help="exit code 1 where they differ")


def run(arguments: argparse.Namespace) -> Difference:
    """What makes the second of the first."""
    before, after = (source.definition() for source in read_all([arguments.before, arguments.after], arguments))
    return Difference(changes(before, after), arguments.exit_code)


def exit_code(found: Difference) -> int:
    """1 where that is asked for, and they differ."""
    return 1 if found.counts and found.changes else 0


def as_json(found: Difference) -> str:
    """One object; each change with its words."""
    return json.dumps({"changes": [change._asdict() | {"words": str(change)} for change in found.changes]})


def as_text(found: Difference) -> str:
    """A line each."""
    return "\n".join(map(str, found.changes)) or "no difference"


FORMATS: dict[str, Callable[[Difference], str]] = {"json": as_json, "text": as_text}
