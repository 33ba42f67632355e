"""Run the analyses of SageMaker Model Monitor on files, without AWS."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from model_monitor.clarify import command as clarify
from model_monitor.data_quality import command as data_quality
from model_monitor.model_quality import command as model_quality
from model_monitor.model_quality import merge
from model_monitor.monitor_error import MonitorError, missing_package_as_error

COMMANDS = {"data-quality": data_quality, "model-quality": model_quality, "merge": merge, "clarify": clarify}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code."""
    arguments = _parser().parse_args(argv)
    command = COMMANDS[arguments.command]
    try:
        with missing_package_as_error():
            result, notes, code = command.run(arguments)
    except MonitorError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return error.exit_code
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    print(command.text(result) if sys.stdout.isatty() else json.dumps(result))
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("model-monitor", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        description = command.__doc__ or ""
        subparser = subparsers.add_parser(
            name,
            help=description.splitlines()[0],
            description=description,
            epilog=command.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(subparser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
