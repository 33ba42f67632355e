"""Print a pipeline's definition as JSON, or write it to a file; it needs no AWS and no network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from local_sagemaker.tools.commands import definition
from local_sagemaker.tools.terminal import command_line

EXAMPLES = """\
examples:
  AWS_REGION=eu-west-1 get-pipeline-definition -n pipelines.abalone.pipeline
  get-pipeline-definition -n pipelines.abalone.pipeline -f definition.json --kwargs '{"region": "eu-west-1"}'

A definition that would fail is not printed: lint reports why on stderr; --no-lint prints it all the same.
Without a role and a default_bucket among the keyword arguments, placeholders are used.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        "get-pipeline-definition",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    definition.add_arguments(parser)
    parser.set_defaults(region=None)
    command_line.complete(parser)
    arguments = parser.parse_args(argv)
    if arguments.source is arguments.module_name is None:
        parser.print_help(sys.stderr)
        return 2
    if text := definition.run(arguments):
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
