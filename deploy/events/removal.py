"""What build.py has made of a project: pipelines, their code, data of the configuration that it sent, and snapshots of
data that were trained on; on this machine functions and rules, too.

Registered versions and what executions have written stay, and so do the code and the snapshot that a version names.
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
from local_sagemaker.tools.service.s3 import exists
from local_sagemaker.tools.service.upserts import existing_pipeline
from local_sagemaker.tools.targets import Target
from pipelines import model_package

SECONDS = 60  # after which a deleted pipeline is gone
AT_ONCE = 1000  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html


class RemovalPlan(NamedTuple):
    """Names of pipelines, and URIs of objects."""

    pipelines: list[str]
    objects: list[str]


def find(target: Target, settings: Settings, pipelines: Mapping[str, Any]) -> RemovalPlan:
    """What is there of it.

    Raises:
        UsageError: one of the pipelines runs.
    """
    there = [one.name for one in pipelines.values() if existing_pipeline(target.client, one.name)]
    for name in there:
        refuse_running(target, name)
    return RemovalPlan(there, sorted({*_code(target, pipelines), *_data(target, settings)}))


def refuse_running(target: Target, pipeline: str) -> None:
    """Raise UsageError where an execution of the pipeline runs."""
    for one in pages(target.client, "list_pipeline_executions", PipelineName=pipeline):
        if one["PipelineExecutionStatus"] in RUNNING:
            name = one["PipelineExecutionArn"].rpartition("/")[2]
            raise UsageError(f"execution {name} of {pipeline} runs; first: pipelines stop {name}{target.options}")


def wait_until_gone(client: Any, pipeline: str) -> None:
    """Come back when a pipeline that was deleted is gone: one of its name cannot be made before.

    Raises:
        UsageError: it is there after a minute.
    """
    for _ in range(SECONDS):
        if existing_pipeline(client, pipeline) is None:
            return
        time.sleep(1)
    raise UsageError(f"pipeline {pipeline!r} was deleted, and is still there; try again once it is gone")


def delete(target: Target, found: RemovalPlan) -> None:
    """Delete it. What is interrupted is found again by the same command."""
    s3 = target.session.client("s3")
    for name in found.pipelines:
        target.client.delete_pipeline(PipelineName=name)
    places = [uri.removeprefix("s3://").partition("/") for uri in found.objects]
    for bucket in sorted({bucket for bucket, _, _ in places}):
        keys = [{"Key": key} for of, _, key in places if of == bucket]
        for first in range(0, len(keys), AT_ONCE):
            some = {"Objects": keys[first : first + AT_ONCE], "Quiet": True}
            if refused := s3.delete_objects(Bucket=bucket, Delete=some).get("Errors"):
                first_of_them = f"s3://{bucket}/{refused[0]['Key']}: {refused[0].get('Message', '')}"
                raise UsageError(f"{len(refused)} objects stay, as {first_of_them}")


def _code(target: Target, pipelines: Mapping[str, Any]) -> Iterator[str]:
    """Code and configurations that compiling recorded and that are there, but for what versions name."""
    s3, named = target.session.client("s3"), set(_named(target))
    for one in pipelines.values():
        for bucket, key in one.uploads:
            if (uri := f"s3://{bucket}/{key}") not in named and exists(s3, bucket, key):
                yield uri


def _named(target: Target) -> Iterator[str]:
    """URIs that registered versions name: what belongs to them, and what they were made of."""
    for one in registry.versions(target):
        package = target.client.describe_model_package(ModelPackageName=one["ModelPackageArn"])
        yield from model_package.files(package)
        yield package.get("CustomerMetadataProperties", {}).get("InputDataUrl", "")


def _data(target: Target, settings: Settings) -> Iterator[str]:
    s3, bucket = target.session.client("s3"), settings.bucket_name
    for key in (key for _, key in upload_targets(settings) if exists(s3, bucket, key)):
        if target.root or is_sent(s3, bucket, key):  # this machine keeps no metadata of objects
            yield f"s3://{bucket}/{key}"
    kept = {uri.removesuffix("data/") for uri in _named(target)}
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{settings.bucket_prefix}/{SNAPSHOTS}/")
    for uri in (f"s3://{bucket}/{one['Key']}" for page in pages for one in page.get("Contents", ())):
        if not uri.startswith(tuple(kept - {""})):
            yield uri
