"""Runs one tuning job that a record describes."""

from __future__ import annotations

import sys

from local_sagemaker.account import open_account
from local_sagemaker.tuning.run import Tuning


def main(root: str, job_kind: str, name: str) -> int:
    """Run the job to its end; return 0 if it completed, else 1."""
    return 0 if Tuning(open_account(root), name).run() == "Completed" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
