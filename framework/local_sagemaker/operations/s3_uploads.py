"""Operations of S3 that upload an object in parts: a folder stores the parts and the headers until the end."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.table import Table
from local_sagemaker.errors import ServiceError
from local_sagemaker.objects import copy_content
from local_sagemaker.operations._object_facts import ALL_HEADERS, headers_of, record_written
from local_sagemaker.operations._s3_files import check_owner
from local_sagemaker.operations._s3_members import CHECKSUMS, KEY, WRITING, members
from local_sagemaker.operations._takes import takes

SERVICE = "s3"
_HEADERS_FILE = "headers.json"


@takes(members(f"{WRITING} ChecksumType", handled=ALL_HEADERS))
def create_multipart_upload(
    account: Account, *, Bucket: str, Key: str, ExpectedBucketOwner: str = "", **headers: Any
) -> dict[str, Any]:
    """Start an upload in parts (CreateMultipartUpload)."""
    check_owner(account, ExpectedBucketOwner)
    upload = account.new_id(32)
    folder = account.root / "tmp" / f"upload-{upload}"
    folder.mkdir(parents=True)
    folder.joinpath(_HEADERS_FILE).write_text(json.dumps(headers_of(headers)), encoding="utf-8")
    return {"Bucket": Bucket, "Key": Key, "UploadId": upload}


@takes(members(f"{CHECKSUMS} {KEY} ContentLength ContentMD5 ChecksumAlgorithm RequestPayer"))
def upload_part(
    account: Account,
    *,
    Bucket: str,
    Key: str,
    UploadId: str,
    PartNumber: int,
    Body: Any = b"",
    ExpectedBucketOwner: str = "",
) -> dict[str, Any]:
    """Store one part of an upload (UploadPart)."""
    check_owner(account, ExpectedBucketOwner)
    path, digest = _part(account, UploadId, PartNumber), hashlib.md5(usedforsecurity=False)
    with path.open("wb") as file:
        copy_content(Body, file, digest)
    path.with_suffix(".md5").write_text(digest.hexdigest(), encoding="ascii")
    return {"ETag": f'"{digest.hexdigest()}"'}


@takes(
    members(f"{CHECKSUMS} {KEY} ChecksumType MpuObjectSize RequestPayer IfMatch IfNoneMatch")
    | Table("MultipartUpload.Parts MultipartUpload.Parts.PartNumber MultipartUpload.Parts.ETag")
    | members(CHECKSUMS).below("MultipartUpload.Parts")
)
def complete_multipart_upload(
    account: Account,
    *,
    Bucket: str,
    Key: str,
    UploadId: str,
    MultipartUpload: dict[str, Any],
    ExpectedBucketOwner: str = "",
) -> dict[str, Any]:
    """Join the parts of an upload; the object appears only now (CompleteMultipartUpload).

    Its ETag is the MD5 of those of the parts, with their number.
    """
    check_owner(account, ExpectedBucketOwner)
    headers = json.loads(_parts(account, UploadId).joinpath(_HEADERS_FILE).read_text(encoding="utf-8"))
    digest = hashlib.md5(usedforsecurity=False)
    with account.objects.open_for_writing(Bucket, Key) as target:
        for part in MultipartUpload["Parts"]:
            path, part_digest = _uploaded_part(account, UploadId, part)
            digest.update(bytes.fromhex(part_digest))
            with path.open("rb") as source:
                shutil.copyfileobj(source, target)
    shutil.rmtree(_parts(account, UploadId))
    etag = f"{digest.hexdigest()}-{len(MultipartUpload['Parts'])}"
    record_written(account, Bucket, Key, etag, headers, "CompleteMultipartUpload")
    return {"Bucket": Bucket, "Key": Key, "ETag": f'"{etag}"'}


@takes(members("RequestPayer IfMatchInitiatedTime"))
def abort_multipart_upload(
    account: Account, *, Bucket: str, Key: str, UploadId: str, ExpectedBucketOwner: str = ""
) -> dict[str, Any]:
    """Delete the parts of an upload (AbortMultipartUpload)."""
    check_owner(account, ExpectedBucketOwner)
    shutil.rmtree(_parts(account, UploadId))
    return {}


def _parts(account: Account, upload: str) -> Path:
    """Return the folder of an upload; raise ServiceError if there is none."""
    folder = account.root / "tmp" / f"upload-{upload}"
    if not upload.isalnum() or not folder.is_dir():
        raise ServiceError(f"the upload {upload!r} does not exist", "NoSuchUpload", 404)
    return folder


def _uploaded_part(account: Account, upload: str, part: dict[str, Any]) -> tuple[Path, str]:
    """Return the file and the MD5 of a part that a request names; raise ServiceError if there is no such part."""
    path = _part(account, upload, part["PartNumber"])
    digest = path.with_suffix(".md5").read_text(encoding="ascii") if path.is_file() else ""
    if not digest or part.get("ETag", digest).strip('"') != digest:
        raise ServiceError(f"part {part['PartNumber']} was not uploaded, or has another ETag", "InvalidPart")
    return path, digest


def _part(account: Account, upload: str, number: int) -> Path:
    return _parts(account, upload) / f"{number:05d}"
