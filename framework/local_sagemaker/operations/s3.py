"""Operations of S3, which write, read, list, copy and delete objects, and upload them in parts."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from local_sagemaker import events
from local_sagemaker.account import Account
from local_sagemaker.errors import ServiceError
from local_sagemaker.objects import check_bucket

SERVICE = "s3"
PAGE = 1000


def list_buckets(account: Account, **pages: Any) -> dict[str, Any]:
    """List the buckets (ListBuckets)."""
    names = {*account.objects.buckets(), account.default_bucket}
    return {
        "Buckets": [{"Name": name, "CreationDate": account.now()} for name in sorted(names)],
        "Owner": {"ID": "local"},
    }


def create_bucket(account: Account, *, Bucket: str, **settings: Any) -> dict[str, Any]:
    """Create a bucket (CreateBucket). Writing an object also creates its bucket."""
    check_bucket(Bucket)
    account.objects.folder.joinpath(Bucket).mkdir(parents=True, exist_ok=True)
    return {"Location": f"/{Bucket}"}


def head_bucket(account: Account, *, Bucket: str, ExpectedBucketOwner: str = "") -> dict[str, Any]:
    """Check that a bucket exists; the default bucket always does (HeadBucket)."""
    if Bucket != account.default_bucket and Bucket not in account.objects.buckets():
        raise ServiceError("Not Found", "404", 404)
    return {"BucketRegion": account.region}


def get_bucket_location(account: Account, *, Bucket: str, ExpectedBucketOwner: str = "") -> dict[str, Any]:
    """Return the bucket's region (GetBucketLocation); us-east-1 has no location, as on AWS."""
    return {} if account.region == "us-east-1" else {"LocationConstraint": account.region}


def put_object(account: Account, *, Bucket: str, Key: str, Body: Any = b"", **headers: Any) -> dict[str, Any]:
    """Write an object (PutObject). Encryption, checksum and metadata headers are ignored; a file has none."""
    path = account.objects.write(Bucket, Key, Body)
    events.emit_object_created(account, Bucket, Key, path, "PutObject")
    return {"ETag": _etag(path)}


def get_object(account: Account, *, Bucket: str, Key: str, Range: str = "", **conditions: Any) -> dict[str, Any]:
    """Return an object or a range of its bytes (GetObject). The body is read from the file as the caller reads it."""
    path = _path(account, Bucket, Key)
    size = path.stat().st_size
    first, last = _range(Range, size)
    part = {"ContentRange": f"bytes {first}-{last}/{size}"} if Range else {}
    return _facts(path) | {"Body": _Slice(path, first, last + 1), "ContentLength": last - first + 1} | part


def head_object(account: Account, *, Bucket: str, Key: str, **conditions: Any) -> dict[str, Any]:
    """Return an object's metadata (HeadObject)."""
    path = account.objects.find(Bucket, Key)
    if path is None:
        raise ServiceError("Not Found", "404", 404)
    return _facts(path)


def list_objects_v2(
    account: Account,
    *,
    Bucket: str,
    Prefix: str = "",
    Delimiter: str = "",
    MaxKeys: int = PAGE,
    ContinuationToken: str = "",
    StartAfter: str = "",
    **encoding: Any,
) -> dict[str, Any]:
    """List a page of a bucket's objects (ListObjectsV2)."""
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
            facts = _facts(path)
            contents.append(
                {"Key": key, "Size": facts["ContentLength"], "StorageClass": "STANDARD"}
                | {name: facts[name] for name in ("ETag", "LastModified")}
            )
    return {
        "Name": Bucket,
        "Prefix": Prefix,
        "KeyCount": len(contents) + len(folders),
        "MaxKeys": MaxKeys,
        "IsTruncated": truncated,
        "Contents": contents,
        "CommonPrefixes": [{"Prefix": folder} for folder in folders],
    } | ({"NextContinuationToken": last} if truncated else {})


def copy_object(account: Account, *, Bucket: str, Key: str, CopySource: Any, **headers: Any) -> dict[str, Any]:
    """Copy an object (CopyObject)."""
    source = CopySource if isinstance(CopySource, dict) else _copy_source(CopySource)
    with _path(account, source["Bucket"], source["Key"]).open("rb") as file:
        path = account.objects.write(Bucket, Key, file)
    events.emit_object_created(account, Bucket, Key, path, "CopyObject")
    facts = _facts(path)
    return {"CopyObjectResult": {name: facts[name] for name in ("ETag", "LastModified")}}


def delete_object(account: Account, *, Bucket: str, Key: str, **conditions: Any) -> dict[str, Any]:
    """Delete an object (DeleteObject). A missing object is not an error, as on AWS."""
    account.objects.delete(Bucket, Key)
    return {}


def delete_objects(account: Account, *, Bucket: str, Delete: dict[str, Any], **conditions: Any) -> dict[str, Any]:
    """Delete several objects (DeleteObjects)."""
    keys = [entry["Key"] for entry in Delete["Objects"]]
    for key in keys:
        account.objects.delete(Bucket, key)
    return {"Deleted": [{"Key": key} for key in keys]}


def create_multipart_upload(account: Account, *, Bucket: str, Key: str, **headers: Any) -> dict[str, Any]:
    """Start an upload in parts (CreateMultipartUpload)."""
    upload = account.new_id(32)
    _parts(account, upload).mkdir(parents=True)
    return {"Bucket": Bucket, "Key": Key, "UploadId": upload}


def upload_part(
    account: Account, *, Bucket: str, Key: str, UploadId: str, PartNumber: int, Body: Any = b"", **headers: Any
) -> dict[str, Any]:
    """Store one part of an upload (UploadPart)."""
    path = _part(account, UploadId, PartNumber)
    with path.open("wb") as file:
        if isinstance(Body, bytes | bytearray):
            file.write(Body)
        else:
            shutil.copyfileobj(Body, file)
    return {"ETag": _etag(path)}


def complete_multipart_upload(
    account: Account, *, Bucket: str, Key: str, UploadId: str, MultipartUpload: dict[str, Any], **headers: Any
) -> dict[str, Any]:
    """Join the parts of an upload; the object appears only now (CompleteMultipartUpload)."""
    with account.objects.open_for_writing(Bucket, Key) as target:
        for part in MultipartUpload["Parts"]:
            with _part(account, UploadId, part["PartNumber"]).open("rb") as source:
                shutil.copyfileobj(source, target)
    shutil.rmtree(_parts(account, UploadId))
    path = account.objects.path(Bucket, Key)
    events.emit_object_created(account, Bucket, Key, path, "CompleteMultipartUpload")
    return {"Bucket": Bucket, "Key": Key, "ETag": _etag(path)}


def abort_multipart_upload(account: Account, *, Bucket: str, Key: str, UploadId: str, **headers: Any) -> dict[str, Any]:
    """Delete the parts of an upload (AbortMultipartUpload)."""
    shutil.rmtree(_parts(account, UploadId))
    return {}


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


def _path(account: Account, bucket: str, key: str) -> Path:
    path = account.objects.find(bucket, key)
    if path is None:
        raise ServiceError(f"The specified key does not exist: s3://{bucket}/{key}", "NoSuchKey", 404)
    return path


def _facts(path: Path) -> dict[str, Any]:
    status = path.stat()
    return {
        "ContentLength": status.st_size,
        "LastModified": datetime.fromtimestamp(status.st_mtime, UTC).isoformat(),
        "ETag": _etag(path),
        "ContentType": "binary/octet-stream",
        "Metadata": {},
    }


def _etag(path: Path) -> str:
    """Derive an ETag from time and size. Its part count shows that it is not the content's MD5, as after an upload in
    parts.
    """
    status = path.stat()
    return f'"{status.st_mtime_ns:016x}{status.st_size:016x}-1"'


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


def _parts(account: Account, upload: str) -> Path:
    path = account.root / "tmp" / f"upload-{upload}"
    if not upload.isalnum():
        raise ServiceError(f"the upload {upload!r} does not exist", "NoSuchUpload", 404)
    return path


def _part(account: Account, upload: str, number: int) -> Path:
    folder = _parts(account, upload)
    if not folder.is_dir():
        raise ServiceError(f"the upload {upload!r} does not exist", "NoSuchUpload", 404)
    return folder / f"{number:05d}"
