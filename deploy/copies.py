"""Copy objects from one account's bucket to another's, under keys that carry their content's hash, and prove it.

An object that is there already is not sent again, but read and compared, so that a copy which was interrupted goes on,
and one that was tampered with is found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from local_sagemaker.tools.command_errors import ProjectError
from local_sagemaker.tools.service.s3 import exists

CHUNK_BYTES = 1 << 20


class CopyError(ProjectError):
    """Raised when an object cannot be copied; the message says which, and why."""


class FetchedFile(NamedTuple):
    """A file of this machine, and the SHA-256 of what is in it."""

    path: Path
    digest: str


class CopyTarget(NamedTuple):
    """Where copies go: below a prefix of a bucket."""

    s3: Any
    bucket: str
    prefix: str

    def below(self, folder: str) -> CopyTarget:
        """A folder in it."""
        return self._replace(prefix=f"{self.prefix}/{folder}")

    def uri(self, key: str) -> str:
        """The URI of one of its keys."""
        return f"s3://{self.bucket}/{key}"


def copy_all(source: Any, place: CopyTarget, uris: Iterable[str]) -> dict[str, str]:
    """Copy each; URI -> URI of the copy.

    Raises:
        CopyError: nothing is at a URI, or what arrived is not what was sent.
    """
    return {uri: copy(source, place, uri) for uri in uris}


def copy(source: Any, place: CopyTarget, uri: str) -> str:
    """Copy an object, or every object below a prefix; the URI of the copy.

    Args:
        source: boto3's S3 client of the account that has it.
        place: where it goes.
        uri: of the original.

    Raises:
        CopyError: see ``copy_all``.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    with TemporaryDirectory() as folder:
        fetched = _fetched(source, bucket, _keys(source, bucket, key), Path(folder))
        if set(fetched) == {key}:
            copied = f"{place.prefix}/{fetched[key].digest}/{key.rpartition('/')[2]}"
            _send(place, copied, fetched[key])
            return place.uri(copied)
        base = f"{place.prefix}/{_digest_of_all(fetched)}"
        for original, file in fetched.items():
            _send(place, f"{base}/{original.removeprefix(key).lstrip('/')}", file)
        return place.uri(base + ("/" if key.endswith("/") else ""))


def send(place: CopyTarget, name: str, content: bytes, content_type: str = "application/octet-stream") -> str:
    """Put bytes under a key with their hash, once; the key."""
    key = f"{place.prefix}/{hashlib.sha256(content).hexdigest()}/{name}"
    if not exists(place.s3, place.bucket, key):
        place.s3.put_object(Bucket=place.bucket, Key=key, Body=content, ContentType=content_type)
    return key


def _keys(source: Any, bucket: str, key: str) -> list[str]:
    """The object of this key; where there is none, those below it."""
    if not key:
        raise CopyError(f"s3://{bucket} is a whole bucket; a model's files are objects or prefixes in one")
    if not key.endswith("/") and exists(source, bucket, key):
        return [key]
    pages = source.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{key.rstrip('/')}/")
    found = [one["Key"] for page in pages for one in page.get("Contents", ()) if not one["Key"].endswith("/")]
    if not found:
        raise CopyError(f"there is nothing at s3://{bucket}/{key}, which the model package names; was it deleted?")
    return found


def _fetched(source: Any, bucket: str, keys: list[str], folder: Path) -> dict[str, FetchedFile]:
    """Files by the keys of what they hold; their own names are numbers, as a key may be no file name."""
    found = {}
    for number, key in enumerate(keys):
        path = folder / str(number)
        with path.open("wb") as file:
            digest = _read(source, bucket, key, file)
        found[key] = FetchedFile(path, digest)
    return found


def _send(place: CopyTarget, key: str, file: FetchedFile) -> None:
    """Upload a file where it is not there yet; what is there is then read, and has to be the same."""
    if not exists(place.s3, place.bucket, key):
        with file.path.open("rb") as content:
            place.s3.upload_fileobj(content, place.bucket, key)
    if _read(place.s3, place.bucket, key) != file.digest:
        raise CopyError(
            f"{place.uri(key)} is not what was sent there: its SHA-256 is not {file.digest}. Delete it, and run the "
            "same command again"
        )


def _read(s3: Any, bucket: str, key: str, into: Any = None) -> str:
    """SHA-256 of an object, which is written to a file on the way where one is given."""
    digest = hashlib.sha256()
    for chunk in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK_BYTES):
        digest.update(chunk)
        if into is not None:
            into.write(chunk)
    return digest.hexdigest()


def _digest_of_all(fetched: Mapping[str, FetchedFile]) -> str:
    lines = "".join(f"{key}\0{file.digest}\n" for key, file in sorted(fetched.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
