"""Finds and follows executions of pipelines, and lists their steps, on AWS or on this machine, with boto3 alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.command_names import command_name, run_name
from local_sagemaker.tools.service.upserts import existing_pipeline

RUNNING = ("Executing", "Stopping")
#: On this machine polling takes processor time from the execution, so the pauses grow.
GROWTH, LONGEST_PAUSE = 1.3, 0.4


def wait(client: Any, arn: str, delay: float = 1.0, max_attempts: int | None = None) -> dict[str, Any]:
    """Wait until the execution has ended; return its last description.

    Args:
        client: boto3's SageMaker client.
        arn: the execution's ARN.
        delay: seconds between two requests.
        max_attempts: the number of requests; None for no limit.

    Raises:
        TimeoutError: the execution is still running after that many requests.
    """
    attempt = 0
    while True:
        description: dict[str, Any] = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        if description["PipelineExecutionStatus"] not in RUNNING:
            return description
        attempt += 1
        if attempt == max_attempts:
            raise TimeoutError(f"{arn} is still running after {attempt} requests, {delay} s apart")
        time.sleep(delay)


def follow(
    client: Any,
    arn: str,
    delay: float,
    on_step: Callable[[dict[str, Any]], None],
    before: Iterable[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Wait as ``wait`` does, and call ``on_step`` with a step's record whenever its status or its start changes.

    Args:
        client: boto3's SageMaker client.
        arn: the execution's ARN.
        delay: seconds between two requests; while nothing changes, short delays grow, up to LONGEST_PAUSE.
        on_step: called with the record.
        before: the steps' records before a retry; they are not reported.
    """
    reported, pause = {step["StepName"]: _status_and_start(step) for step in before}, delay
    while True:
        description: dict[str, Any] = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        for step in steps(client, arn):
            if reported.get(step["StepName"]) != _status_and_start(step):
                reported[step["StepName"]], pause = _status_and_start(step), delay
                on_step(step)
        if description["PipelineExecutionStatus"] not in RUNNING:
            return description
        time.sleep(pause)
        pause = max(delay, min(pause * GROWTH, LONGEST_PAUSE))


def _status_and_start(step: dict[str, Any]) -> tuple[str, Any]:
    return step["StepStatus"], step["StartTime"]


def steps(client: Any, arn: str) -> Iterator[dict[str, Any]]:
    """Yield the steps that have started, in the order of their start."""
    yield from pages(client, "list_pipeline_execution_steps", PipelineExecutionArn=arn, SortOrder="Ascending")


def pages(client: Any, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
    """Yield every record of one of SageMaker's List operations, page by page."""
    paginator = client.get_paginator(operation)
    for page in paginator.paginate(**request):
        yield from page.get(paginator.result_keys[0].expression, ())


def latest(client: Any, pipeline: str) -> dict[str, Any] | None:
    """Return the summary of a pipeline's newest execution, or None."""
    response = client.list_pipeline_executions(PipelineName=pipeline, SortOrder="Descending", MaxResults=1)
    return max(response["PipelineExecutionSummaries"], key=lambda e: e["StartTime"], default=None)


def find(client: Any, name: str | None) -> str:
    """Return the ARN of the execution that the user names.

    Args:
        client: boto3's SageMaker client.
        name: an execution's ARN, its id, ``PIPELINE/ID``, or a pipeline's name for its newest one; None for the newest.

    Raises:
        UsageError: there is no such execution, or the beginning of an id fits several.
    """
    if name is not None and not name.rpartition("/")[2]:
        # An empty variable in a script must not mean the newest execution, which might then be stopped.
        raise UsageError(f"{name!r} names no execution; omit it for the newest one")
    if name and ":pipeline/" in name and "/execution/" in name:
        return name
    pipelines = sorted(pages(client, "list_pipelines"), key=last_used, reverse=True)
    names = [p["PipelineName"] for p in pipelines]
    if name is None or name in names:
        return _newest(client, names if name is None else [name])
    pipeline, _, identifier = name.rpartition("/")
    return _by_id(client, names, pipeline, identifier)


def last_used(pipeline: dict[str, Any]) -> Any:
    """Return the time at which a pipeline, a record of ListPipelines, was last started, or else created."""
    return pipeline.get("LastExecutionTime") or pipeline["CreationTime"]


def check_pipeline(client: Any, name: str | None) -> None:
    """Raise UsageError if there is no pipeline with that name."""
    if not name or existing_pipeline(client, name) is None:
        names = [p["PipelineName"] for p in pages(client, "list_pipelines")]
        hint = did_you_mean(name or "", names)
        raise UsageError(f"there is no pipeline {name!r}{hint}; see: {command_name()} list")


def _newest(client: Any, pipelines: list[str]) -> str:
    for name in pipelines:
        if execution := latest(client, name):
            return str(execution["PipelineExecutionArn"])
    subject = f"pipeline {pipelines[0]!r} has" if len(pipelines) == 1 else "there is"
    raise UsageError(f"{subject} no execution; {run_name()} starts one")


def _by_id(client: Any, pipelines: list[str], pipeline: str, identifier: str) -> str:
    if pipeline:
        check_pipeline(client, pipeline)
    arns = []
    for name in [pipeline] if pipeline else pipelines:
        for execution in pages(client, "list_pipeline_executions", PipelineName=name):
            arn = str(execution["PipelineExecutionArn"])
            if arn.rpartition("/")[2].startswith(identifier):
                arns.append(arn)
    if len(arns) == 1:
        return arns[0]
    if arns:
        ids = ", ".join(arn.rpartition("/")[2] for arn in arns[:5])
        raise UsageError(f"{identifier!r} fits {len(arns)} executions: {ids}; give more of the id")
    raise UsageError(
        f"there is no pipeline or execution {identifier!r}{did_you_mean(identifier, pipelines)}; "
        f"see: {command_name()} list"
    )
