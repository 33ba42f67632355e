"""Writes dispatch_workflow.zip in this folder, for Terraform: the code of the function that starts the deploy workflow.

The same code gives the same bytes, so that Terraform sees a change only if there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.functions import function_archive
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.terminal import command_line

FUNCTION = "dispatch_workflow"
ARCHIVE = Path(__file__).with_name(f"{FUNCTION}.zip")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser("build.py", description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=ARCHIVE, metavar="FILE", help="file to write (default: %(default)s)"
    )
    output = parser.parse_args(argv).output
    try:
        output.write_bytes(function_archive(FUNCTION))
    except OSError as error:
        raise UsageError(f"cannot write {str(output)!r}: {error.strerror}") from None
    print(output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
