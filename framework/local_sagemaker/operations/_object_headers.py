"""Keeps the headers that an object was written with, as its content type and metadata; its own file has none.

<root>/s3-headers/<hash of bucket and key>.json

It names the object's ETag, so that the headers of a file that something else has replaced are not its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from local_sagemaker.account import Account

#: The members of PutObject that GetObject and HeadObject return.
HEADERS = (
    "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires", "Metadata",
    "WebsiteRedirectLocation",
)  # fmt: skip
ALL_HEADERS = " ".join(HEADERS)
#: What AWS returns for an object that was written without.
DEFAULTS = {"ContentType": "binary/octet-stream", "Metadata": {}}
_FOLDER = "s3-headers"


def headers_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers in a request, as JSON values."""
    values = {name: request[name] for name in HEADERS if request.get(name)}
    return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in values.items()}


def keep(account: Account, bucket: str, key: str, etag: str, headers: Mapping[str, Any]) -> None:
    """Write the headers of an object that has just been written; most have none."""
    if headers:
        path = _path(account, bucket, key)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"ETag": etag, **headers}), encoding="utf-8")


def stored_headers(account: Account, bucket: str, key: str, etag: str) -> dict[str, Any]:
    """Return the headers that an object was written with."""
    try:
        document = json.loads(_path(account, bucket, key).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {name: document[name] for name in HEADERS if name in document} if document["ETag"] == etag else {}


def read(account: Account, bucket: str, key: str, etag: str) -> dict[str, Any]:
    """Return an object's headers, with AWS's defaults."""
    return {**DEFAULTS, **stored_headers(account, bucket, key, etag)}


def forget(account: Account, bucket: str, key: str) -> None:
    """Delete the headers of a deleted object, if it had any."""
    _path(account, bucket, key).unlink(missing_ok=True)


def _path(account: Account, bucket: str, key: str) -> Path:
    name = hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()
    return account.root / _FOLDER / f"{name}.json"
