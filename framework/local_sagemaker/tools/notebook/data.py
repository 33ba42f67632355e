"""Moves a notebook's files between the disk and the bucket, and collects the data for a retraining."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from local_sagemaker.tools.notebook.running import metadata
from local_sagemaker.tools.service.s3 import exists, split_uri
from local_sagemaker.tools.service.step_metadata import completed_output_uri, describe_processing_job, jobs
from local_sagemaker.tools.targets import Target, default_bucket

import pandas as pd

BUCKET_FOLDER = "notebooks"


def send(target: Target, path: str | Path) -> str:
    """Upload a file to the default bucket, below a hash of its content; return its URI."""
    content, name = Path(path).read_bytes(), Path(path).name
    return _put(target, f"{BUCKET_FOLDER}/{hashlib.sha256(content).hexdigest()[:16]}/{name}", content)


def read(target: Target, uri: str, **options: Any) -> pd.DataFrame:
    """Read the CSV file at a URI, or all files below it, as one table; ``options`` are those of ``pandas.read_csv``."""
    return pd.concat([pd.read_csv(io.BytesIO(body), **options) for body in objects(target, uri)], ignore_index=True)


def objects(target: Target, uri: str) -> Iterator[bytes]:
    """Yield the content of the object at a URI, or of each object below it, in the order of their keys.

    Raises:
        FileNotFoundError: there is no object.
    """
    bucket, prefix = split_uri(uri)
    s3 = target.session.client("s3")
    keys = [prefix] if exists(s3, bucket, prefix) else _list_keys(s3, bucket, f"{prefix.rstrip('/')}/")
    if not keys:
        raise FileNotFoundError(f"there is no object at {uri}")
    return (s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)


def _list_keys(s3: Any, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", ()) if entry["Size"]]


def output(target: Target, execution: Any, step: str, name: str) -> str:
    """Return the URI of an output of a processing step.

    Raises:
        LookupError: the step has not run, or has no such output.
    """
    uris = [
        completed_output_uri(describe_processing_job(target, job), name)
        for _, job in jobs(metadata(target, execution, step))
    ]
    if not uris or uris[0] is None:
        raise LookupError(f"step {step!r} has no output {name!r}")
    return uris[0]


def read_together(target: Target, uris: Sequence[str]) -> str:
    """Copy all files at several URIs, in that order, below one new prefix; return the prefix's URI.

    A pipeline is trained on everything below the prefix; later additions to the originals do not affect it.
    """
    contents = [body for uri in uris for body in objects(target, uri)]
    digests = "".join(hashlib.sha256(body).hexdigest() for body in contents)
    folder = f"{BUCKET_FOLDER}/{hashlib.sha256(digests.encode()).hexdigest()[:16]}/data"
    for number, body in enumerate(contents):
        _put(target, f"{folder}/{number:06d}.csv", body)
    return f"s3://{default_bucket(target.session)}/{folder}/"


def _put(target: Target, key: str, content: bytes) -> str:
    bucket, s3 = default_bucket(target.session), target.session.client("s3")
    if not exists(s3, bucket, key):
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return f"s3://{bucket}/{key}"
