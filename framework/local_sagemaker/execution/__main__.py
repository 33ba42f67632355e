"""Runs one execution that a record describes."""

from __future__ import annotations

import sys
import warnings

from local_sagemaker.account import open_account
from local_sagemaker.errors import NoEffectWarning
from local_sagemaker.execution.run import Execution
from local_sagemaker.processes import Children
from local_sagemaker.sandbox import namespace


def main(root: str, arn: str) -> int:
    """Run the execution to its end; return 0 if it succeeded, else 1."""
    warnings.simplefilter("ignore", NoEffectWarning)  # the start has reported these
    namespace.is_available()  # tried once here, for all jobs that are forked from this process
    return 0 if Execution(open_account(root), arn, Children()).run() == "Succeeded" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
