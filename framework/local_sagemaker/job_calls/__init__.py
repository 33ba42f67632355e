"""Answers boto3 in a job: the account that the job runs in answers every call, or the call fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from local_sagemaker import processes
from local_sagemaker.account import open_account
from local_sagemaker.hooks import Handler, botocore_hooks, refuse
from local_sagemaker.operations import call
from local_sagemaker.processes import Runtime


def hooks(
    root: str, marker: str, is_isolated: bool, python: str, environment: Mapping[str, str]
) -> dict[str, Callable[..., Any]]:
    """Return botocore's event -> the function to call at it, in a job's process.

    Args:
        root: folder of the account.
        marker: a file to create before a call starts a process.
        is_isolated: whether the job has network isolation.
        python: the interpreter for the processes that a call starts; the job's own is removed with the job.
        environment: of these processes.
    """
    return dict(botocore_hooks(refuse if is_isolated else _account_handler(root, marker, python, environment)))


def _account_handler(root: str, marker: str, python: str, environment: Mapping[str, str]) -> Handler:
    def start(module: str, arguments: list[str], lock: IO[str], log: Path, runtime: Runtime | None = None) -> int:
        Path(marker).touch()
        return processes.start(module, arguments, lock, log, runtime or Runtime(python, environment))

    return partial(call, replace(open_account(root), start=start, python=python))
