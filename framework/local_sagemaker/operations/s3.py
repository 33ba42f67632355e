"""Operations of S3 that write, read, copy and delete objects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from local_sagemaker.account import Account
from local_sagemaker.definition.members.shared import VERSIONS_OF_OBJECTS
from local_sagemaker.definition.members.table import Table, each
from local_sagemaker.errors import ServiceError
from local_sagemaker.objects import copy_content
from local_sagemaker.operations._object_facts import (
    ALL_HEADERS,
    facts_of,
    forget,
    headers_of,
    record_written,
    stored_headers,
)
from local_sagemaker.operations._s3_files import CONDITIONS, check_conditions, check_owner, object_path
from local_sagemaker.operations._s3_members import (
    CHECKSUMS,
    COPY_CONDITIONS,
    COPY_KEY,
    NO_CONDITIONS,
    READING,
    WRITING,
    members,
)
from local_sagemaker.operations._takes import takes

SERVICE = "s3"
WRITE_CONDITIONS = ("IfMatch", "IfNoneMatch")


@takes(
    members(
        f"{WRITING} {CHECKSUMS} ContentLength ContentMD5 WriteOffsetBytes",
        handled=f"{ALL_HEADERS} {' '.join(WRITE_CONDITIONS)}",
    )
)
def put_object(
    account: Account, *, Bucket: str, Key: str, Body: Any = b"", ExpectedBucketOwner: str = "", **headers: Any
) -> dict[str, Any]:
    """Write an object (PutObject). Its ETag is the MD5 of its content; its content type and metadata are kept."""
    check_owner(account, ExpectedBucketOwner)
    digest = hashlib.md5(usedforsecurity=False)
    with _condition(account, Bucket, Key, headers), account.objects.open_for_writing(Bucket, Key) as file:
        copy_content(Body, file, digest)
    record_written(account, Bucket, Key, digest.hexdigest(), headers_of(headers), "PutObject")
    return {"ETag": f'"{digest.hexdigest()}"'}


@takes(members(READING, handled=" ".join(CONDITIONS)))
def get_object(
    account: Account, *, Bucket: str, Key: str, Range: str = "", ExpectedBucketOwner: str = "", **conditions: Any
) -> dict[str, Any]:
    """Return an object or a range of its bytes (GetObject). The body is read from the file as the caller reads it."""
    check_owner(account, ExpectedBucketOwner)
    path = object_path(account, Bucket, Key)
    facts = facts_of(account, Bucket, Key, path)
    check_conditions(facts, conditions)
    size = facts["ContentLength"]
    first, last = _range(Range, size)
    part = {"ContentRange": f"bytes {first}-{last}/{size}"} if Range else {}
    return facts | {"Body": _Slice(path, first, last + 1), "ContentLength": last - first + 1} | part


@takes(members(f"{READING} Range", handled=" ".join(CONDITIONS)))
def head_object(
    account: Account, *, Bucket: str, Key: str, ExpectedBucketOwner: str = "", **conditions: Any
) -> dict[str, Any]:
    """Return an object's metadata (HeadObject)."""
    check_owner(account, ExpectedBucketOwner)
    path = account.objects.find(Bucket, Key)
    if path is None:
        raise ServiceError("Not Found", "404", 404)
    facts = facts_of(account, Bucket, Key, path)
    check_conditions(facts, conditions)
    return facts


@takes(
    members(
        f"{WRITING} {COPY_CONDITIONS} {COPY_KEY} TaggingDirective AnnotationDirective IfMatch IfNoneMatch",
        handled=ALL_HEADERS,
    )
)
def copy_object(
    account: Account,
    *,
    Bucket: str,
    Key: str,
    CopySource: Any,
    MetadataDirective: str = "COPY",
    ExpectedBucketOwner: str = "",
    ExpectedSourceBucketOwner: str = "",
    **headers: Any,
) -> dict[str, Any]:
    """Copy an object with its headers, or with those of the request (CopyObject)."""
    check_owner(account, ExpectedBucketOwner or ExpectedSourceBucketOwner)
    source = CopySource if isinstance(CopySource, dict) else _copy_source(CopySource)
    source_path = object_path(account, source["Bucket"], source["Key"])
    if MetadataDirective == "COPY":
        headers = stored_headers(account, source["Bucket"], source["Key"], source_path)
    digest = hashlib.md5(usedforsecurity=False)
    with source_path.open("rb") as file:
        account.objects.write(Bucket, Key, file, digest)
    path = record_written(account, Bucket, Key, digest.hexdigest(), headers_of(headers), "CopyObject")
    facts = facts_of(account, Bucket, Key, path)
    return {"CopyObjectResult": {name: facts[name] for name in ("ETag", "LastModified")}}


@takes(
    members("MFA VersionId RequestPayer BypassGovernanceRetention IfMatch IfMatchLastModifiedTime IfMatchSize"),
)
def delete_object(account: Account, *, Bucket: str, Key: str, ExpectedBucketOwner: str = "") -> dict[str, Any]:
    """Delete an object (DeleteObject). A missing object is not an error, as on AWS."""
    check_owner(account, ExpectedBucketOwner)
    account.objects.delete(Bucket, Key)
    forget(account, Bucket, Key)
    return {}


@takes(
    members("MFA RequestPayer BypassGovernanceRetention ChecksumAlgorithm")
    | Table(
        "Delete.Objects Delete.Objects.Key Delete.Quiet",
        refused={
            "Delete.Objects.VersionId": VERSIONS_OF_OBJECTS,
            **each("Delete.Objects.ETag Delete.Objects.LastModifiedTime Delete.Objects.Size", NO_CONDITIONS),
        },
    )
)
def delete_objects(
    account: Account, *, Bucket: str, Delete: dict[str, Any], ExpectedBucketOwner: str = ""
) -> dict[str, Any]:
    """Delete several objects (DeleteObjects)."""
    keys = [entry["Key"] for entry in Delete["Objects"]]
    for key in keys:
        delete_object(account, Bucket=Bucket, Key=key, ExpectedBucketOwner=ExpectedBucketOwner)
    return {} if Delete.get("Quiet") else {"Deleted": [{"Key": key} for key in keys]}


@contextmanager
def _condition(account: Account, bucket: str, key: str, request: Mapping[str, Any]) -> Iterator[None]:
    """Check a conditional write, and let no other one change the object until the block has ended.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    conditions = {name: request[name] for name in WRITE_CONDITIONS if request.get(name) is not None}
    if not conditions:
        yield
        return
    with account.store.transaction():
        path = account.objects.find(bucket, key)
        if path is None and "IfMatch" in conditions:
            raise ServiceError(f"The specified key does not exist: s3://{bucket}/{key}", "NoSuchKey", 404)
        if path is not None:
            if "IfNoneMatch" in conditions:
                raise ServiceError(f"s3://{bucket}/{key} exists already", "PreconditionFailed", 412)
            check_conditions(facts_of(account, bucket, key, path), conditions)
        yield


class _Slice:
    """Reads bytes ``start`` to ``stop`` of a file piece by piece; closes the file when all are read."""

    def __init__(self, path: Path, start: int, stop: int):
        self._file = path.open("rb")
        self._file.seek(start)
        self._remaining = stop - start

    def read(self, amount: int | None = None) -> bytes:
        size = self._remaining if amount is None or amount < 0 else min(amount, self._remaining)
        data = self._file.read(size) if size else b""
        self._remaining -= len(data)
        if not self._remaining:
            self._file.close()
        return data

    def close(self) -> None:
        self._file.close()


def _range(text: str, size: int) -> tuple[int, int]:
    """Parse ``bytes=0-99``, ``bytes=100-`` or ``bytes=-100`` into the first and last byte."""
    if not text:
        return 0, size - 1
    first, _, last = text.removeprefix("bytes=").partition("-")
    start, end = (int(first), int(last or size - 1)) if first else (max(size - int(last), 0), size - 1)
    if start >= size:
        raise ServiceError(f"The requested range is not satisfiable: {text} of {size} bytes", "InvalidRange", 416)
    return start, min(end, size - 1)


def _copy_source(text: str) -> dict[str, str]:
    bucket, _, key = unquote(text).lstrip("/").partition("/")
    return {"Bucket": bucket, "Key": key}
