"""What a retraining is trained on: the training data and the batches whose truth is known, kept where they stay."""

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
#: A batch with its truth, as the batch pipeline calls it: by the hashes of the batch and of the content.
LABELLED = re.compile(r"(?P<batch>[0-9a-f]{32})-[0-9a-f]{32}\.csv")
#: S3 copies 5 GB in one call.
IN_ONE = TransferConfig(multipart_threshold=5 << 30)


class NotNeeded(Exception):
    """Raised where nothing is to be started; the message says why."""


class Data(NamedTuple):
    """An object to train on; ``content`` is another one where it has another content."""

    bucket: str
    key: str
    content: str


def files(training: str, labelled: str, s3: Any) -> list[Data]:
    """What would be trained on: data in the order of their names, as the training pipeline reads them, then batches in
    that in which their truths came, each with its newest.

    Args:
        training, labelled: S3 URIs, prefixes.
        s3: boto3's client.

    Raises:
        NotNeeded: no truth has come.
    """
    newest = {_batch(one["Key"]): one for one in sorted(_listed(labelled, s3), key=_age)}
    if not newest:
        raise NotNeeded(f"no batch has its truth in {labelled} yet, so there is nothing new to learn")
    found = {training: _listed(training, s3), labelled: sorted(newest.values(), key=_age)}
    return [
        # A name that holds the hash of the content says more than an ETag, which may be another one each time.
        Data(_place(uri)[0], one["Key"], "" if LABELLED.fullmatch(_name(one["Key"])) else one["ETag"])
        for uri, listed in found.items()
        for one in listed
    ]


def fingerprint(data: list[Data]) -> str:
    """The same for the same files, in whatever order."""
    return digest(*(f"{one.bucket} {one.key} {one.content}" for one in sorted(data)))


def _batch(key: str) -> str:
    """What the files of one batch have in common."""
    match = LABELLED.fullmatch(_name(key))
    return match["batch"] if match else key


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _age(one: Mapping[str, Any]) -> tuple[datetime, str]:
    return one["LastModified"], one["Key"]


def _listed(uri: str, s3: Any) -> list[dict[str, Any]]:
    bucket, prefix = _place(uri)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [one for page in pages for one in page.get("Contents", ()) if one["Size"]]


def in_order(data: list[Data], before: Mapping[str, Any]) -> list[Data]:
    """What the last retraining was trained on in the order that it had then, and after it what is new.

    Splits are drawn row by row: rows that stand where they stood keep their part, so that a model is not measured on
    those that the one before, which it is compared with, was trained on.
    """
    places = {tuple(one[:2]): place for place, one in enumerate(before.get("objects", ()))}
    return sorted(data, key=lambda one: places.get((one.bucket, one.key), len(places)))


def manifest(source: str, snapshots: str, s3: Any) -> dict[str, Any]:
    """That of the snapshot at ``source``; an empty one where it is none of ``snapshots``."""
    return read(f"{source.removesuffix('data/')}{MANIFEST}", s3) if source.startswith(snapshots) else {}


def read(uri: str, s3: Any) -> dict[str, Any]:
    """A JSON document; an empty one where there is none."""
    bucket, key = _place(uri)
    try:
        return dict(json.load(s3.get_object(Bucket=bucket, Key=key)["Body"]))
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        return {}


def take(data: list[Data], folder: str, cause: str, s3: Any) -> None:
    """Copy the files, from S3 to S3; the manifest comes last. What an earlier try has copied is not copied again."""
    bucket, prefix = _place(folder)
    there = {one["Key"] for one in _listed(f"{folder}/data/", s3)}
    for number, one in enumerate(data):
        key = f"{prefix}/data/{number:06d}-{_name(one.key)}"
        if key not in there:
            # Tags are not copied: who may read an object may not always read these.
            extra = {"TaggingDirective": "REPLACE"}
            s3.copy({"Bucket": one.bucket, "Key": one.key}, bucket, key, extra, Config=IN_ONE)
    told = {"fingerprint": fingerprint(data), "cause": cause, "objects": data}
    s3.put_object(Bucket=bucket, Key=f"{prefix}/{MANIFEST}", Body=json.dumps(told).encode())


def digest(*words: str) -> str:
    """SHA-256 of words."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
