"""What build.py has made of a project: pipelines, their code, data that it uploaded, snapshots that were trained on.

Registered versions and what executions have written stay, and so does code that a version names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deploy.events.settings import SNAPSHOTS, Settings
from deploy.events.uploads import places
from pipelines import model_package, registry
from pipelines.errors import UsageError
from pipelines.executions import RUNNING, pages
from pipelines.targets import Target
from pipelines.uploads import exists
from pipelines.upserts import existing

AT_ONCE = 1000  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html


class Found(NamedTuple):
    """Names of pipelines, and URIs of objects."""

    pipelines: list[str]
    objects: list[str]


def find(target: Target, settings: Settings, pipelines: Mapping[str, Any]) -> Found:
    """What is there of it.

    Raises:
        UsageError: one of the pipelines runs.
    """
    there = [one.name for one in pipelines.values() if existing(target.client, one.name)]
    for name in there:
        refuse_running(target, name)
    return Found(there, sorted({*_code(target, pipelines), *_data(target, settings)}))


def refuse_running(target: Target, pipeline: str) -> None:
    """Raise UsageError where an execution of the pipeline runs."""
    for one in pages(target.client, "list_pipeline_executions", PipelineName=pipeline):
        if one["PipelineExecutionStatus"] in RUNNING:
            name = one["PipelineExecutionArn"].rpartition("/")[2]
            raise UsageError(f"execution {name} of {pipeline} runs; first: pipelines stop {name}{target.options}")


def delete(target: Target, found: Found) -> None:
    """Delete it. What is interrupted is found again by the same command."""
    s3 = target.session.client("s3")
    for name in found.pipelines:
        target.client.delete_pipeline(PipelineName=name)
    places = [uri.removeprefix("s3://").partition("/") for uri in found.objects]
    for bucket in sorted({bucket for bucket, _, _ in places}):
        keys = [{"Key": key} for of, _, key in places if of == bucket]
        for first in range(0, len(keys), AT_ONCE):
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys[first : first + AT_ONCE]})


def _code(target: Target, pipelines: Mapping[str, Any]) -> Iterator[str]:
    """Code and configurations that compiling recorded and that are there, but for what versions name."""
    s3, named = target.session.client("s3"), set(_named(target))
    for one in pipelines.values():
        for bucket, key in one.uploads:
            if (uri := f"s3://{bucket}/{key}") not in named and exists(s3, bucket, key):
                yield uri


def _named(target: Target) -> Iterator[str]:
    for one in registry.versions(target):
        package = target.client.describe_model_package(ModelPackageName=one["ModelPackageArn"])
        yield from model_package.files(package)


def _data(target: Target, settings: Settings) -> Iterator[str]:
    s3 = target.session.client("s3")
    for bucket, key in places(settings):
        if exists(s3, bucket, key):
            yield f"s3://{bucket}/{key}"
    prefix = f"{settings.bucket_prefix}/{SNAPSHOTS}/"
    for one in pages_of(s3, settings.bucket_name, prefix):
        yield f"s3://{settings.bucket_name}/{one}"


def pages_of(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    """Keys below a prefix."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (one["Key"] for one in page.get("Contents", ()))
