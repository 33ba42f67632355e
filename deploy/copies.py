"""Copies objects from one account's bucket to another's, under keys with their content's hash, and verifies the copies.

An object that exists already is not sent again, but read and compared. So an interrupted copy continues, and a
tampered one is detected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from local_sagemaker.tools.command_errors import ProjectError
from local_sagemaker.tools.service.s3 import exists, split_uri

CHUNK_BYTES = 1 << 20


class CopyError(ProjectError):
    """Raised when an object cannot be copied; the message says which, and why."""


class FetchedFile(NamedTuple):
    """Holds a local file and the SHA-256 of its content."""

    path: Path
    digest: str


class CopyTarget(NamedTuple):
    """Says where copies go: below a prefix of a bucket."""

    s3: Any
    bucket: str
    prefix: str

    def below(self, folder: str) -> CopyTarget:
        """Return a folder in it."""
        return self._replace(prefix=f"{self.prefix}/{folder}")

    def uri(self, key: str) -> str:
        """Return the URI of a key."""
        return f"s3://{self.bucket}/{key}"


def copy_all(source: Any, place: CopyTarget, uris: Iterable[str]) -> dict[str, str]:
    """Copy each object or prefix; return URI -> URI of the copy.

    Raises:
        CopyError: there is nothing at a URI, or a copy is different.
    """
    return {uri: copy(source, place, uri) for uri in uris}


def copy(source: Any, place: CopyTarget, uri: str) -> str:
    """Copy an object, or every object below a prefix; return the URI of the copy.

    Args:
        source: boto3's S3 client of the account that has the original.
        place: where the copy goes.
        uri: URI of the original.

    Raises:
        CopyError: see ``copy_all``.
    """
    bucket, key = split_uri(uri)
    with TemporaryDirectory() as folder:
        fetched = _fetch(source, bucket, _keys(source, bucket, key), Path(folder))
        if set(fetched) == {key}:
            copied = f"{place.prefix}/{fetched[key].digest}/{key.rpartition('/')[2]}"
            _send(place, copied, fetched[key])
            return place.uri(copied)
        base = f"{place.prefix}/{_digest_of_all(fetched)}"
        for original, file in fetched.items():
            _send(place, f"{base}/{original.removeprefix(key).lstrip('/')}", file)
        return place.uri(base + ("/" if key.endswith("/") else ""))


def send(place: CopyTarget, name: str, content: bytes, content_type: str = "application/octet-stream") -> str:
    """Put bytes under a key with their hash, unless it exists; return the key."""
    key = f"{place.prefix}/{hashlib.sha256(content).hexdigest()}/{name}"
    if not exists(place.s3, place.bucket, key):
        place.s3.put_object(Bucket=place.bucket, Key=key, Body=content, ContentType=content_type)
    return key


def _keys(source: Any, bucket: str, key: str) -> list[str]:
    """Return the key if it is an object's, otherwise the keys below it."""
    if not key:
        raise CopyError(f"s3://{bucket} is a bucket; a model's files have to be objects or prefixes in one")
    if not key.endswith("/") and exists(source, bucket, key):
        return [key]
    pages = source.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{key.rstrip('/')}/")
    keys = [item["Key"] for page in pages for item in page.get("Contents", ()) if not item["Key"].endswith("/")]
    if not keys:
        raise CopyError(f"there is nothing at s3://{bucket}/{key}, which the model package names; was it deleted?")
    return keys


def _fetch(source: Any, bucket: str, keys: list[str], folder: Path) -> dict[str, FetchedFile]:
    """Download objects; return key -> file. The files' names are numbers, because a key may be an invalid file name."""
    files = {}
    for number, key in enumerate(keys):
        path = folder / str(number)
        with path.open("wb") as file:
            digest = _read(source, bucket, key, file)
        files[key] = FetchedFile(path, digest)
    return files


def _send(place: CopyTarget, key: str, file: FetchedFile) -> None:
    """Upload a file unless the key exists; then read the object and check that it is the same."""
    if not exists(place.s3, place.bucket, key):
        with file.path.open("rb") as content:
            place.s3.upload_fileobj(content, place.bucket, key)
    if _read(place.s3, place.bucket, key) != file.digest:
        raise CopyError(
            f"{place.uri(key)} is not what was sent there: its SHA-256 is not {file.digest}. Delete it, and run the "
            "same command again"
        )


def _read(s3: Any, bucket: str, key: str, into: Any = None) -> str:
    """Return the SHA-256 of an object; also write it to ``into``, if given."""
    digest = hashlib.sha256()
    for chunk in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK_BYTES):
        digest.update(chunk)
        if into is not None:
            into.write(chunk)
    return digest.hexdigest()


def _digest_of_all(fetched: Mapping[str, FetchedFile]) -> str:
    lines = "".join(f"{key}\0{file.digest}\n" for key, file in sorted(fetched.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
