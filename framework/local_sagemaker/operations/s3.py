"""Operations of S3 that write, read, list, copy and delete objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from local_sagemaker import events
from local_sagemaker.account import Account
from local_sagemaker.definition.members.shared import VERSIONS_OF_OBJECTS
from local_sagemaker.definition.members.table import Table, each
from local_sagemaker.errors import ServiceError
from local_sagemaker.operations._object_headers import ALL_HEADERS, forget, headers_of, keep, read, stored_headers
from local_sagemaker.operations._s3_files import (
    CONDITIONS,
    OWNER,
    check_conditions,
    check_owner,
    etag_of,
    facts_of,
    object_path,
)
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
PAGE = 1000


@takes(
    members(f"{WRITING} {CHECKSUMS} ContentLength ContentMD5 IfMatch IfNoneMatch WriteOffsetBytes", handled=ALL_HEADERS)
)
def put_object(
    account: Account, *, Bucket: str, Key: str, Body: Any = b"", ExpectedBucketOwner: str = "", **headers: Any
) -> dict[str, Any]:
    """Write an object (PutObject). Its content type and its metadata are kept."""
    check_owner(account, ExpectedBucketOwner)
    path = account.objects.write(Bucket, Key, Body)
    keep(account, Bucket, Key, etag_of(path), headers_of(headers))
    events.emit_object_created(account, Bucket, Key, path, "PutObject")
    return {"ETag": etag_of(path)}


@takes(members(READING, handled=" ".join(CONDITIONS)))
def get_object(
    account: Account, *, Bucket: str, Key: str, Range: str = "", ExpectedBucketOwner: str = "", **conditions: Any
) -> dict[str, Any]:
    """Return an object or a range of its bytes (GetObject). The body is read from the file as the caller reads it."""
    check_owner(account, ExpectedBucketOwner)
    path = object_path(account, Bucket, Key)
    check_conditions(path, conditions)
    size = path.stat().st_size
    first, last = _range(Range, size)
    part = {"ContentRange": f"bytes {first}-{last}/{size}"} if Range else {}
    facts = facts_of(path) | read(account, Bucket, Key, etag_of(path))
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
    check_conditions(path, conditions)
    return facts_of(path) | read(account, Bucket, Key, etag_of(path))


@takes(members("RequestPayer OptionalObjectAttributes"))
def list_objects_v2(
    account: Account,
    *,
    Bucket: str,
    Prefix: str = "",
    Delimiter: str = "",
    MaxKeys: int = PAGE,
    ContinuationToken: str = "",
    StartAfter: str = "",
    EncodingType: str = "",
    FetchOwner: bool = False,
    ExpectedBucketOwner: str = "",
) -> dict[str, Any]:
    """List a page of a bucket's objects (ListObjectsV2). The EncodingType ``url`` encodes the keys."""
    check_owner(account, ExpectedBucketOwner)
    encode = quote if EncodingType == "url" else str
    after = ContinuationToken or StartAfter
    contents: list[dict[str, Any]] = []
    folders: dict[str, None] = {}
    last, truncated = "", False
    for key, path in account.objects.keys(Bucket, Prefix):
        head, delimiter, _ = key[len(Prefix) :].partition(Delimiter) if Delimiter else (key, "", "")
        folder = Prefix + head + Delimiter if delimiter else ""
        if key <= after or (folder and (folder in folders or after.startswith(folder))):
            continue
        if len(contents) + len(folders) == MaxKeys:
            truncated = True
            break
        last = key
        if folder:
            folders[folder] = None
        else:
            facts = facts_of(path)
            contents.append(
                {"Key": encode(key), "Size": facts["ContentLength"], "StorageClass": "STANDARD"}
                | {name: facts[name] for name in ("ETag", "LastModified")}
                | ({"Owner": OWNER} if FetchOwner else {})
            )
    return {
        "Name": Bucket,
        "Prefix": encode(Prefix),
        "KeyCount": len(contents) + len(folders),
        "MaxKeys": MaxKeys,
        "IsTruncated": truncated,
        "Contents": contents,
        "CommonPrefixes": [{"Prefix": encode(folder)} for folder in folders],
        "EncodingType": EncodingType or None,
    } | ({"NextContinuationToken": last} if truncated else {})


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
        headers = stored_headers(account, source["Bucket"], source["Key"], etag_of(source_path))
    with source_path.open("rb") as file:
        path = account.objects.write(Bucket, Key, file)
    keep(account, Bucket, Key, etag_of(path), headers_of(headers))
    events.emit_object_created(account, Bucket, Key, path, "CopyObject")
    facts = facts_of(path)
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
