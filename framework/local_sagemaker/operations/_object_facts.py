"""Returns what S3 says of an object: size, time, ETag, content type and metadata.

<root>/s3-headers/<hash of bucket and key>.json     what the object's own file does not have, if it was put by S3's API

It names the file's time and size, so that the facts about a file that something else has replaced are not its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_sagemaker import events
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


def record_written(
    account: Account, bucket: str, key: str, etag: str, headers: Mapping[str, Any], operation: str
) -> Path:
    """Keep the ETag and the headers of an object that an operation has just written; send its event; return its file.

    ``etag`` is without its quotation marks.
    """
    path = account.objects.path(bucket, key)
    place = _place(account, bucket, key)
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps({"Stamp": _stamp(path), "ETag": f'"{etag}"', **headers}), encoding="utf-8")
    events.emit_object_created(account, bucket, key, path, operation)
    return path


def stored_headers(account: Account, bucket: str, key: str, path: Path) -> dict[str, Any]:
    """Return the headers that an object was written with."""
    document = _read_document(account, bucket, key, path)
    return {name: document[name] for name in HEADERS if name in document}


def facts_of(account: Account, bucket: str, key: str, path: Path) -> dict[str, Any]:
    """Return an object's size, time, ETag and headers, with AWS's defaults."""
    status, document = path.stat(), _read_document(account, bucket, key, path)
    return {
        **DEFAULTS,
        "ContentLength": status.st_size,
        "LastModified": datetime.fromtimestamp(status.st_mtime, UTC).isoformat(),
        # Without the MD5, an ETag like that of an upload in parts, which is none either.
        "ETag": f'"{_stamp(path)}-1"',
        **{name: document[name] for name in ("ETag", *HEADERS) if name in document},
    }


def forget(account: Account, bucket: str, key: str) -> None:
    """Delete what was kept of a deleted object."""
    _place(account, bucket, key).unlink(missing_ok=True)


def _read_document(account: Account, bucket: str, key: str, path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(_place(account, bucket, key).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return document if document["Stamp"] == _stamp(path) else {}


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{status.st_mtime_ns:016x}{status.st_size:016x}"


def _place(account: Account, bucket: str, key: str) -> Path:
    name = hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()
    return account.root / _FOLDER / f"{name}.json"
