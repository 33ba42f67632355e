"""Print a pipeline's definition as JSON, or write it to a file; it needs no AWS and no network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from local_sagemaker.definition.definition import read
from local_sagemaker.tools.lint import linting
from local_sagemaker.tools.modules import get_pipeline_driver
from local_sagemaker.tools.terminal import command_line
from local_sagemaker.tools.uploads import code_reader

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
    command_line.add_source(parser)
    parser.add_argument("-f", "--file-name", metavar="FILE", help="write the definition to FILE instead of to stdout")
    parser.add_argument("--no-lint", dest="lint", action="store_false", help="print the definition without checking it")
    arguments = parser.parse_args(argv)
    if arguments.module_name is None:
        parser.print_help(sys.stderr)
        return 2
    pipeline = get_pipeline_driver(arguments.module_name, arguments.kwargs)
    definition = pipeline.definition()
    if arguments.lint:
        linting.warn(linting.lint_or_raise(read(definition), read_code=code_reader(pipeline)))
    if arguments.file_name:
        command_line.write_text(arguments.file_name, definition + "\n")
    else:
        print(definition)
    return 0


if __name__ == "__main__":
    sys.exit(main())
