"""Find what is wrong with a definition before anything is started; no account and no network.

A source is a FILE, a MODULE with get_pipeline, or deployed:NAME (on AWS, or with --local on this machine); without one,
every pipeline of this project. Exit code 1 when there is a finding that is an error or a warning; a note is none.
pipelines/lint.toml silences a rule for a step, with a reason; so does --ignore.
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

#: What the result may be printed as; for a person where stdout is a terminal.
FORMATS = formats.FORMATS
EXAMPLES = (
    "pipelines lint                              every pipeline of this project",
    "pipelines lint definition.json --format sarif > lint.sarif",
    'pipelines lint pipelines.abalone.pipeline --kwargs \'{"region": "eu-west-1"}\'',
    "pipelines lint deployed:AbalonePipeline --local",
    "pipelines lint definition.json --ignore 'unused-parameter=the other team sets it'",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at, and what to leave alone."""
    sources: Any = parser.add_argument("source", nargs="*", metavar="SOURCE", help="FILE, MODULE or deployed:NAME")
    sources.completer = available_sources
    command_line.add_kwargs(parser)
    ignore: Any = parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="RULE[:STEP]=REASON",
        help=f"silence a rule, of one step or of all; rules: {', '.join(all_rules())}",
    )
    ignore.completer = lambda **_: list(all_rules())


def run(arguments: argparse.Namespace) -> list[formats.Report]:
    """Each source with what was found."""
    ignored = linting.silences(arguments.ignore)
    sources = [
        read(word, arguments.kwargs, arguments.local, arguments.region) for word in arguments.source or known_modules()
    ]
    reports = [formats.Report(s, linting.lint_definition(s.definition(), ignored)) for s in sources]
    used = {silence for report in reports for _, silence in report.linted.silenced}
    for silence in ignored:
        if silence not in used:
            where = f":{silence.step}" if silence.step else ""
            print(f"warning: --ignore {silence.rule}{where} silences nothing", file=sys.stderr)
    return reports


def exit_code(reports: list[formats.Report]) -> int:
    """1 where there is an error or a warning."""
    return 1 if any(report.linted.counted for report in reports) else 0
