"""Create or update a pipeline, start it, follow it, and print its result."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from local_sagemaker.tools.commands import run
from local_sagemaker.tools.terminal import command_line, output

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    parser = _parser()
    command_line.complete(parser)
    arguments = parser.parse_args(argv)
    if arguments.source is arguments.module_name is arguments.definition is None:
        parser.print_help(sys.stderr)
        print("\nerror: give one of -n/--module-name and --definition", file=sys.stderr)
        return 2
    result = run.run(arguments, run.open_target(arguments))
    output.emit(result, run.text, arguments.format)
    return run.exit_code(result)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "run-pipeline", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    run.add_arguments(parser)
    command_line.add_local(parser)
    command_line.add_format(parser)
    parser.set_defaults(region=None)
    return parser


if __name__ == "__main__":
    sys.exit(main())
