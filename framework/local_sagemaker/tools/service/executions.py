"""Executions of pipelines, on AWS or on this machine, with boto3 alone: find, follow, tell of their steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.upserts import existing_pipeline

RUNNING = ("Executing", "Stopping")
#: On this machine each look takes time of a core that the execution could have.
GROWTH, LONGEST_PAUSE = 1.3, 0.4


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


def follow(
    client: Any,
    arn: str,
    delay: float,
    on_step: Callable[[dict[str, Any]], None],
    before: Iterable[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The same, and ``on_step`` is called with each step's record whenever it says something new.

    Args:
        client: boto3's SageMaker client.
        arn: of the execution.
        delay: seconds between two looks; where nothing is new, short ones become longer, up to LONGEST_PAUSE.
        on_step: is given the record.
        before: the steps' records before a retry, which are not new.
    """
    seen, pause = {step["StepName"]: _state(step) for step in before}, delay
    while True:
        description: dict[str, Any] = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        for step in steps(client, arn):
            if seen.get(step["StepName"]) != _state(step):
                seen[step["StepName"]], pause = _state(step), delay
                on_step(step)
        if description["PipelineExecutionStatus"] not in RUNNING:
            return description
        time.sleep(pause)
        pause = max(delay, min(pause * GROWTH, LONGEST_PAUSE))


def _state(step: dict[str, Any]) -> tuple[str, Any]:
    return step["StepStatus"], step["StartTime"]


def steps(client: Any, arn: str) -> Iterator[dict[str, Any]]:
    """The steps that have started, in that order."""
    yield from pages(client, "list_pipeline_execution_steps", PipelineExecutionArn=arn, SortOrder="Ascending")


def pages(client: Any, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
    """Every record of a List operation of SageMaker's, page by page."""
    paginator = client.get_paginator(operation)
    for page in paginator.paginate(**request):
        yield from page.get(paginator.result_keys[0].expression, ())


def latest(client: Any, pipeline: str) -> dict[str, Any] | None:
    """The summary of a pipeline's newest execution, or None."""
    found = client.list_pipeline_executions(PipelineName=pipeline, SortOrder="Descending", MaxResults=1)
    return max(found["PipelineExecutionSummaries"], key=lambda e: e["StartTime"], default=None)


def find(client: Any, name: str | None) -> str:
    """ARN of the execution that a person means.

    Args:
        client: boto3's SageMaker client.
        name: an execution's ARN, its id, ``PIPELINE/ID``, or a pipeline's name for its newest one; None for the newest.

    Raises:
        UsageError: there is none, or the beginning of an id fits several.
    """
    if name is not None and not name.rpartition("/")[2]:
        # An empty variable of a script must not mean the newest one, which might then be stopped.
        raise UsageError(f"{name!r} names no execution; leave it out for the newest one")
    if name and ":pipeline/" in name and "/execution/" in name:
        return name
    used = sorted(pages(client, "list_pipelines"), key=last_used, reverse=True)
    names = [p["PipelineName"] for p in used]
    if name is None or name in names:
        return _newest(client, names if name is None else [name])
    pipeline, _, identifier = name.rpartition("/")
    return _by_id(client, names, pipeline, identifier)


def last_used(pipeline: dict[str, Any]) -> Any:
    """When one of ListPipelines was started last, or else was made."""
    return pipeline.get("LastExecutionTime") or pipeline["CreationTime"]


def check_pipeline(client: Any, name: str | None) -> None:
    """Raise UsageError when there is no pipeline of that name."""
    if not name or existing_pipeline(client, name) is None:
        names = [p["PipelineName"] for p in pages(client, "list_pipelines")]
        hint = did_you_mean(name or "", names)
        raise UsageError(f"there is no pipeline {name!r}{hint}; pipelines list says what there is")


def _newest(client: Any, pipelines: list[str]) -> str:
    for name in pipelines:
        if execution := latest(client, name):
            return str(execution["PipelineExecutionArn"])
    which = f"pipeline {pipelines[0]!r} has" if len(pipelines) == 1 else "there is"
    raise UsageError(f"{which} no execution; run-pipeline starts one")


def _by_id(client: Any, pipelines: list[str], pipeline: str, identifier: str) -> str:
    if pipeline:
        check_pipeline(client, pipeline)
    found = []
    for name in [pipeline] if pipeline else pipelines:
        for execution in pages(client, "list_pipeline_executions", PipelineName=name):
            arn = str(execution["PipelineExecutionArn"])
            if arn.rpartition("/")[2].startswith(identifier):
                found.append(arn)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(arn.rpartition("/")[2] for arn in found[:5])
        raise UsageError(f"{identifier!r} fits {len(found)} executions: {ids}; write more of the id")
    raise UsageError(
        f"there is no pipeline or execution {identifier!r}{did_you_mean(identifier, pipelines)}; "
        "pipelines list says what there is"
    )
