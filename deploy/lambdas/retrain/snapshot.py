"""Selects the data of a retraining (training data and batches with ground truth), and stores them as a snapshot."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MANIFEST = "manifest.json"
#: Name that the batch pipeline gives to a batch with its ground truth: hashes of the batch and of the content.
LABELLED = re.compile(r"(?P<batch>[0-9a-f]{32})-[0-9a-f]{32}\.csv")
#: S3 copies up to 5 GB in a single call.
IN_ONE = TransferConfig(multipart_threshold=5 << 30)


class NotNeeded(Exception):
    """Raised if nothing has to be started; the message says why."""


class Data(NamedTuple):
    """Describes an object to train on; ``content`` differs between objects with different content."""

    bucket: str
    key: str
    content: str


def files(training: str, labelled: str, s3: Any) -> list[Data]:
    """Return the objects to train on.

    First the training data, ordered by name, as the training pipeline reads them; then the batches, ordered by the time
    of their ground truth, each with its newest one.

    Args:
        training, labelled: S3 URIs, prefixes.
        s3: boto3's client.

    Raises:
        NotNeeded: there is no ground truth yet.
    """
    newest = {_batch(item["Key"]): item for item in sorted(_list_objects(labelled, s3), key=_age)}
    if not newest:
        raise NotNeeded(f"no batch has its ground truth in {labelled} yet, so there is nothing new to learn")
    objects = {training: _list_objects(training, s3), labelled: sorted(newest.values(), key=_age)}
    return [
        # A name with the hash of the content identifies it better than an ETag, which may differ for the same content.
        Data(_split_uri(uri)[0], item["Key"], "" if LABELLED.fullmatch(_name(item["Key"])) else item["ETag"])
        for uri, items in objects.items()
        for item in items
    ]


def fingerprint(data: list[Data]) -> str:
    """Return a digest that is the same for the same files, in any order."""
    return digest(*(f"{item.bucket} {item.key} {item.content}" for item in sorted(data)))


def _batch(key: str) -> str:
    """Return what the files of one batch have in common."""
    match = LABELLED.fullmatch(_name(key))
    return match["batch"] if match else key


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _age(item: Mapping[str, Any]) -> tuple[datetime, str]:
    return item["LastModified"], item["Key"]


def _list_objects(uri: str, s3: Any) -> list[dict[str, Any]]:
    bucket, prefix = _split_uri(uri)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item for page in pages for item in page.get("Contents", ()) if item["Size"]]


def sort_like(data: list[Data], previous: Mapping[str, Any]) -> list[Data]:
    """Return the data of the previous retraining in their order then, followed by new data.

    Splits are drawn row by row: rows at the same position stay in the same split. So a model is not evaluated on rows
    with which the previous model, to which it is compared, was trained.
    """
    positions = {tuple(item[:2]): position for position, item in enumerate(previous.get("objects", ()))}
    return sorted(data, key=lambda item: positions.get((item.bucket, item.key), len(positions)))


def manifest(source: str, snapshots: str, s3: Any) -> dict[str, Any]:
    """Return the manifest of the snapshot at ``source``; an empty one if ``source`` is not below ``snapshots``."""
    return read(f"{source.removesuffix('data/')}{MANIFEST}", s3) if source.startswith(snapshots) else {}


def read(uri: str, s3: Any) -> dict[str, Any]:
    """Return a JSON document; an empty one if there is none."""
    bucket, key = _split_uri(uri)
    try:
        return dict(json.load(s3.get_object(Bucket=bucket, Key=key)["Body"]))
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        return {}


def take(data: list[Data], folder: str, cause: str, s3: Any) -> None:
    """Copy the files within S3, then write the manifest. Files that an earlier try has copied are skipped."""
    bucket, prefix = _split_uri(folder)
    existing = {item["Key"] for item in _list_objects(f"{folder}/data/", s3)}
    for number, item in enumerate(data):
        key = f"{prefix}/data/{number:06d}-{_name(item.key)}"
        if key not in existing:
            # Tags are not copied: permission to read an object does not include its tags.
            extra = {"TaggingDirective": "REPLACE"}
            s3.copy({"Bucket": item.bucket, "Key": item.key}, bucket, key, extra, Config=IN_ONE)
    manifest_content = {"fingerprint": fingerprint(data), "cause": cause, "objects": data}
    s3.put_object(Bucket=bucket, Key=f"{prefix}/{MANIFEST}", Body=json.dumps(manifest_content).encode())


def digest(*texts: str) -> str:
    """Return the SHA-256 of texts."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _split_uri(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
