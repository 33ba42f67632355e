"""Lists and deletes what build.py has created: pipelines, their code, uploaded data, and snapshots of training data.

On this machine also functions and rules. Registered versions and the outputs of executions stay, and so do the code and
the snapshot that a version names.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deploy.events.settings import SNAPSHOTS, Settings
from deploy.events.uploads import is_sent, upload_targets
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service import registry
from local_sagemaker.tools.service.executions import RUNNING, pages
from local_sagemaker.tools.service.s3 import delete_objects, exists, split_uri
from local_sagemaker.tools.service.upserts import existing_pipeline
from local_sagemaker.tools.targets import Target
from pipelines import model_package

SECONDS = 60  # after which a deleted pipeline no longer exists


class RemovalPlan(NamedTuple):
    """Holds the names of pipelines and the URIs of objects to delete."""

    pipelines: list[str]
    objects: list[str]


def plan_removal(target: Target, settings: Settings, pipelines: Mapping[str, Any]) -> RemovalPlan:
    """Find what exists of a project.

    Raises:
        UsageError: one of the pipelines is running.
    """
    existing = [pipeline.name for pipeline in pipelines.values() if existing_pipeline(target.client, pipeline.name)]
    for name in existing:
        refuse_running(target, name)
    return RemovalPlan(existing, sorted({*_code(target, pipelines), *_data(target, settings)}))


def refuse_running(target: Target, pipeline: str) -> None:
    """Raise UsageError if an execution of the pipeline is running."""
    for execution in pages(target.client, "list_pipeline_executions", PipelineName=pipeline):
        if execution["PipelineExecutionStatus"] in RUNNING:
            name = execution["PipelineExecutionArn"].rpartition("/")[2]
            raise UsageError(
                f"execution {name} of {pipeline} is running; stop it first: pipelines stop {name}{target.options}"
            )


def wait_until_gone(client: Any, pipeline: str) -> None:
    """Wait until a deleted pipeline no longer exists: before that no pipeline of the same name can be created.

    Raises:
        UsageError: it still exists after a minute.
    """
    for _ in range(SECONDS):
        if existing_pipeline(client, pipeline) is None:
            return
        time.sleep(1)
    raise UsageError(f"pipeline {pipeline!r} was deleted but still exists; try again later")


def delete(target: Target, plan: RemovalPlan) -> None:
    """Delete everything in the plan. After an interruption the same command finds the remaining items."""
    for name in plan.pipelines:
        target.client.delete_pipeline(PipelineName=name)
    delete_objects(target.session.client("s3"), map(split_uri, plan.objects))


def _code(target: Target, pipelines: Mapping[str, Any]) -> Iterator[str]:
    """Yield the URIs of existing code and configurations of the pipelines, except those that versions name."""
    s3, named = target.session.client("s3"), set(_uris_of_versions(target))
    for pipeline in pipelines.values():
        for bucket, key in pipeline.uploads:
            if (uri := f"s3://{bucket}/{key}") not in named and exists(s3, bucket, key):
                yield uri


def _uris_of_versions(target: Target) -> Iterator[str]:
    """Yield the URIs that registered versions name: their files, and their training data."""
    for version in registry.versions(target):
        package = target.client.describe_model_package(ModelPackageName=version["ModelPackageArn"])
        yield from model_package.files(package)
        yield package.get("CustomerMetadataProperties", {}).get("InputDataUrl", "")


def _data(target: Target, settings: Settings) -> Iterator[str]:
    s3, bucket = target.session.client("s3"), settings.bucket_name
    for key in (key for _, key in upload_targets(settings) if exists(s3, bucket, key)):
        if target.root or is_sent(s3, bucket, key):  # this machine does not store metadata of objects
            yield f"s3://{bucket}/{key}"
    snapshots_of_versions = {uri.removesuffix("data/") for uri in _uris_of_versions(target)}
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{settings.bucket_prefix}/{SNAPSHOTS}/")
    for uri in (f"s3://{bucket}/{item['Key']}" for page in pages for item in page.get("Contents", ())):
        if not uri.startswith(tuple(snapshots_of_versions - {""})):
            yield uri
