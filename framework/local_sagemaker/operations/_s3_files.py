"""Finds the files of objects, and checks what requests demand of them: shared by S3's operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ServiceError
from local_sagemaker.operations.listing import read_time

OWNER = {"ID": "local"}
_FAILED, _NOT_MODIFIED = ("PreconditionFailed", 412), ("304", 304)
#: Condition of a request -> whether the ETag and the time of an object fulfil it, and the error if they do not.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html
CONDITIONS: Mapping[str, tuple[Callable[[str, datetime, Any], bool], tuple[str, int]]] = {
    "IfMatch": (lambda etag, _time, value: value in ("*", etag, etag.strip('"')), _FAILED),
    "IfNoneMatch": (lambda etag, _time, value: value not in ("*", etag, etag.strip('"')), _NOT_MODIFIED),
    "IfModifiedSince": (lambda _etag, time, value: time > read_time(value), _NOT_MODIFIED),
    "IfUnmodifiedSince": (lambda _etag, time, value: time <= read_time(value), _FAILED),
}


def check_owner(account: Account, owner: str) -> None:
    """Raise ServiceError if the caller expects another account to own the bucket."""
    if owner not in ("", account.id):
        raise ServiceError(f"Access Denied: the bucket is that of {account.id}, not of {owner}", "AccessDenied", 403)


def check_conditions(facts: Mapping[str, Any], request: Mapping[str, Any]) -> None:
    """Raise ServiceError if an object does not fulfil a condition of the request; times are compared in seconds.

    Args:
        facts: of the object, see ``_object_facts``.
        request: the request.
    """
    time = datetime.fromisoformat(facts["LastModified"]).replace(microsecond=0)
    for name, (is_fulfilled, (code, status)) in CONDITIONS.items():
        value = request.get(name)
        if value is not None and not is_fulfilled(facts["ETag"], time, value):
            raise ServiceError(f"the object does not fulfil {name} {value}", code, status)


def object_path(account: Account, bucket: str, key: str) -> Path:
    """Return the file of an object; raise ServiceError if there is none."""
    path = account.objects.find(bucket, key)
    if path is None:
        raise ServiceError(f"The specified key does not exist: s3://{bucket}/{key}", "NoSuchKey", 404)
    return path
