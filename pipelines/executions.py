"""Follow an execution of a pipeline: on AWS or on this machine, with boto3 alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

RUNNING = ("Executing", "Stopping")


def wait(client: Any, arn: str, delay: float = 1.0, max_attempts: int | None = None) -> dict[str, Any]:
    """Describe the execution until it has ended; the last description.

    Args:
        client: boto3's SageMaker client.
        arn: of the execution.
        delay: seconds between two looks.
        max_attempts: looks to take; None for as many as it needs.

    Raises:
        TimeoutError: it still runs after that many looks.
    """
    attempt = 0
    while True:
        description: dict[str, Any] = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        if description["PipelineExecutionStatus"] not in RUNNING:
            return description
        attempt += 1
        if attempt == max_attempts:
            raise TimeoutError(f"{arn} still runs after {attempt} looks, {delay} s apart")
        time.sleep(delay)


def follow(client: Any, arn: str, delay: float, on_step: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The same, and ``on_step`` is called with each step's record whenever its status is a new one."""
    seen: dict[str, str] = {}
    while True:
        description: dict[str, Any] = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        for step in steps(client, arn):
            if seen.get(step["StepName"]) != step["StepStatus"]:
                seen[step["StepName"]] = step["StepStatus"]
                on_step(step)
        if description["PipelineExecutionStatus"] not in RUNNING:
            return description
        time.sleep(delay)


def steps(client: Any, arn: str) -> Iterator[dict[str, Any]]:
    """The steps that have started, in that order."""
    pages = client.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn, SortOrder="Ascending"
    )
    for page in pages:
        yield from page["PipelineExecutionSteps"]
