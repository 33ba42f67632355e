"""Operations of S3 that list objects."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from local_sagemaker.account import Account
from local_sagemaker.operations._object_facts import facts_of
from local_sagemaker.operations._s3_files import OWNER, check_owner
from local_sagemaker.operations._s3_members import members
from local_sagemaker.operations._takes import takes

SERVICE = "s3"
PAGE = 1000


class Page(NamedTuple):
    """A page of a listing; ``last`` is the last key or folder on it, and ``is_truncated`` means that more follow."""

    keys: list[str]
    folders: list[str]
    last: str
    is_truncated: bool


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
    page = _page(account, Bucket, Prefix, Delimiter, MaxKeys, ContinuationToken or StartAfter)
    owner = {"Owner": OWNER} if FetchOwner else {}
    answer = _answer(account, Bucket, Prefix, MaxKeys, EncodingType, page, owner)
    count = {"KeyCount": len(page.keys) + len(page.folders)}
    return answer | count | ({"NextContinuationToken": page.last} if page.is_truncated else {})


@takes(members("RequestPayer OptionalObjectAttributes"))
def list_objects(
    account: Account,
    *,
    Bucket: str,
    Prefix: str = "",
    Delimiter: str = "",
    MaxKeys: int = PAGE,
    Marker: str = "",
    EncodingType: str = "",
    ExpectedBucketOwner: str = "",
) -> dict[str, Any]:
    """List a page of a bucket's objects (ListObjects), as boto3's ``Bucket.objects`` does."""
    check_owner(account, ExpectedBucketOwner)
    page = _page(account, Bucket, Prefix, Delimiter, MaxKeys, Marker)
    answer = _answer(account, Bucket, Prefix, MaxKeys, EncodingType, page, {"Owner": OWNER})
    return answer | {"Marker": Marker} | ({"NextMarker": page.last} if page.is_truncated else {})


def _page(account: Account, bucket: str, prefix: str, delimiter: str, max_keys: int, after: str) -> Page:
    """Return the keys, and the folders that the delimiter makes, that follow ``after``."""
    keys: list[str] = []
    folders: dict[str, None] = {}
    last = ""
    for key, _path in account.objects.keys(bucket, prefix):
        head, delimiter_in_key, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        folder = prefix + head + delimiter if delimiter_in_key else ""
        if key <= after or (folder and (folder in folders or after.startswith(folder))):
            continue
        if len(keys) + len(folders) == max_keys:
            return Page(keys, list(folders), last, True)
        last = folder or key
        if folder:
            folders[folder] = None
        else:
            keys.append(key)
    return Page(keys, list(folders), last, False)


def _answer(
    account: Account, bucket: str, prefix: str, max_keys: int, encoding: str, page: Page, owner: dict[str, Any]
) -> dict[str, Any]:
    """Return what the responses of both versions have in common."""
    encode = quote if encoding == "url" else str
    return {
        "Name": bucket,
        "Prefix": encode(prefix),
        "MaxKeys": max_keys,
        "IsTruncated": page.is_truncated,
        "Contents": [{"Key": encode(key)} | _summary(account, bucket, key) | owner for key in page.keys],
        "CommonPrefixes": [{"Prefix": encode(folder)} for folder in page.folders],
        "EncodingType": encoding or None,
    }


def _summary(account: Account, bucket: str, key: str) -> dict[str, Any]:
    path = account.objects.find(bucket, key)
    facts = facts_of(account, bucket, key, path) if path else {"ContentLength": 0}
    members_of_facts = {name: facts[name] for name in ("ETag", "LastModified") if name in facts}
    return members_of_facts | {"Size": facts["ContentLength"], "StorageClass": "STANDARD"}
