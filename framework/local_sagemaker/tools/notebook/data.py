"""Files of a notebook: from the disk to the bucket and back, and what a retraining is trained on."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from local_sagemaker.tools.notebook.running import metadata
from local_sagemaker.tools.service.s3 import exists
from local_sagemaker.tools.service.step_metadata import described_job, jobs, output_of
from local_sagemaker.tools.targets import Target, default_bucket

import pandas as pd

FOLDER = "notebooks"


def send(target: Target, path: str | Path) -> str:
    """Put a file into the default bucket, below a hash of what is in it; its URI."""
    content, name = Path(path).read_bytes(), Path(path).name
    return _put(target, f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:16]}/{name}", content)


def read(target: Target, uri: str, **options: Any) -> pd.DataFrame:
    """CSV at a URI, or every file below it, as one table; ``options`` are those of pandas' ``read_csv``."""
    return pd.concat([pd.read_csv(io.BytesIO(body), **options) for body in objects(target, uri)], ignore_index=True)


def objects(target: Target, uri: str) -> Iterator[bytes]:
    """What an object holds, or each of those below a prefix, in the order of their keys.

    Raises:
        FileNotFoundError: there is none.
    """
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    s3 = target.session.client("s3")
    keys = [prefix] if exists(s3, bucket, prefix) else _below(s3, bucket, f"{prefix.rstrip('/')}/")
    if not keys:
        raise FileNotFoundError(f"there is nothing at {uri}")
    return (s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)


def _below(s3: Any, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for page in pages for one in page.get("Contents", ()) if one["Size"]]


def output(target: Target, execution: Any, step: str, name: str) -> str:
    """URI of an output of a processing step.

    Raises:
        LookupError: the step has not run, or has no such output.
    """
    found = [output_of(described_job(target, job), name) for _, job in jobs(metadata(target, execution, step))]
    if not found or found[0] is None:
        raise LookupError(f"step {step!r} has left no output {name!r}")
    return found[0]


def read_together(target: Target, uris: Sequence[str]) -> str:
    """Copies of all files at several URIs, below one prefix of their own, in that order; its URI.

    A pipeline is trained on everything below the prefix; what comes to the originals later changes nothing of it.
    """
    contents = [body for uri in uris for body in objects(target, uri)]
    digests = "".join(hashlib.sha256(body).hexdigest() for body in contents)
    folder = f"{FOLDER}/{hashlib.sha256(digests.encode()).hexdigest()[:16]}/data"
    for number, body in enumerate(contents):
        _put(target, f"{folder}/{number:06d}.csv", body)
    return f"s3://{default_bucket(target.session)}/{folder}/"


def _put(target: Target, key: str, content: bytes) -> str:
    bucket, s3 = default_bucket(target.session), target.session.client("s3")
    if not exists(s3, bucket, key):
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return f"s3://{bucket}/{key}"
