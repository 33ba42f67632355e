"""Find errors in a definition before anything is started; needs no account and no network.

A source is a FILE, a MODULE with get_pipeline, or deployed:NAME (on AWS, or with --local on this machine); by default
every pipeline of this project is checked. The exit code is 1 if there is an error or a warning; notes do not count.
To silence a rule for a step, with a reason, use pipelines/lint.toml or --ignore.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from local_sagemaker.definition.lint import all_rules
from local_sagemaker.project import known_modules
from local_sagemaker.tools.lint import formats, linting
from local_sagemaker.tools.sources import available_sources, read
from local_sagemaker.tools.terminal import command_line

#: Formats of the result; ``text`` by default if stdout is a terminal.
FORMATS = formats.FORMATS
EXAMPLES = (
    "pipelines lint                              every pipeline of this project",
    "pipelines lint definition.json --format sarif > lint.sarif",
    'pipelines lint pipelines.abalone.pipeline --kwargs \'{"region": "eu-west-1"}\'',
    "pipelines lint deployed:AbalonePipeline --local",
    "pipelines lint definition.json --ignore 'unused-parameter=the other team sets it'",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the definitions, and the findings to ignore."""
    sources: Any = parser.add_argument("source", nargs="*", metavar="SOURCE", help="FILE, MODULE or deployed:NAME")
    sources.completer = available_sources
    command_line.add_kwargs(parser)
    ignore: Any = parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="RULE[:STEP]=REASON",
        help=f"silence a rule for one step or for all; rules: {', '.join(all_rules())}",
    )
    ignore.completer = lambda **_: list(all_rules())


def run(arguments: argparse.Namespace) -> list[formats.Report]:
    """Lint the sources; return a report for each."""
    ignored = linting.parse_silences(arguments.ignore)
    sources = [
        read(name, arguments.kwargs, arguments.local, arguments.region) for name in arguments.source or known_modules()
    ]
    reports = [
        formats.Report(s, linting.lint_definition(s.definition(), ignored, read_code=s.read_code)) for s in sources
    ]
    used = {silence for report in reports for _, silence in report.result.silenced}
    for silence in ignored:
        if silence not in used:
            where = f":{silence.step}" if silence.step else ""
            print(f"warning: --ignore {silence.rule}{where} silences nothing", file=sys.stderr)
    return reports


def exit_code(reports: list[formats.Report]) -> int:
    """Return 1 if there is an error or a warning."""
    return 1 if any(report.result.errors_and_warnings for report in reports) else 0
