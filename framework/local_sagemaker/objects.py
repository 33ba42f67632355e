"""Stores objects of S3 as files, ``<root>/s3/<bucket>/<key>``, which any tool can read.

A bucket exists from its first object on, so that a definition made for any account finds its buckets here. Public
datasets that a definition names by URL can be files of an installed package; ``local.toml`` says which.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import IO, Any

from local_sagemaker import project
from local_sagemaker.errors import ConfigError, ServiceError
from local_sagemaker.object_places import check_key, find_place, make_place, places_apart, remove_place

COPY_BYTES = 1 << 20
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html: the bucket is in the host or in the path.
_HTTPS = re.compile(r"https://(?:(?P<host>[^/]+)\.)?s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?/(?P<path>.*)")
_INVALID = "InvalidArgument"
Digest = Any  # of hashlib


def split_uri(uri: str) -> tuple[str, str]:
    """Split ``s3://bucket/key``, or an https URL of S3, into bucket and key; raise ServiceError if it is neither."""
    url = _HTTPS.fullmatch(str(uri))
    path = f"{url['host'] or ''}/{url['path']}".lstrip("/") if url else str(uri).removeprefix("s3://")
    if not url and not str(uri).startswith("s3://"):
        raise ServiceError(f"{uri!r} is not an S3 URI (s3://bucket/key)", "ValidationException")
    bucket, _, key = path.partition("/")
    check_bucket(bucket)
    return bucket, key


def check_bucket(name: str) -> None:
    """Raise ServiceError unless ``name`` is a valid bucket name, which cannot lead out of the folder of buckets."""
    if not _BUCKET.fullmatch(name) or ".." in name:
        raise ServiceError(
            f"{name!r} is not a bucket name; use 3 to 63 of a-z, 0-9, '.' and '-'", "ValidationException"
        )


@dataclass(frozen=True)
class Objects:
    """All buckets, which are stored in one folder.

    ``public`` maps S3 URIs to ``package:path/in/package``: such objects are read from there and cannot be written.
    """

    folder: Path
    public: Mapping[str, str] = field(default_factory=dict)

    def buckets(self) -> list[str]:
        """Return the names of the buckets that have, or had, an object."""
        return sorted(p.name for p in self.folder.iterdir() if p.is_dir()) if self.folder.is_dir() else []

    def path(self, bucket: str, key: str) -> Path:
        """Return the path of an object's file, whether it exists or not.

        Raises:
            ServiceError: the bucket or the key is invalid.
        """
        check_bucket(bucket)
        check_key(key)
        return find_place(self.folder, bucket, key)

    def find(self, bucket: str, key: str) -> Path | None:
        """Return the file of an object that exists, else None."""
        if target := self.public.get(f"s3://{bucket}/{key}"):
            return _package_file(target)
        if not key:
            return None
        path = self.path(bucket, key)
        return path if path.is_file() else None

    def keys(self, bucket: str, prefix: str = "") -> Iterator[tuple[str, Path]]:
        """Yield every key that begins with ``prefix``, with its file, in S3's order (by UTF-8 bytes)."""
        check_bucket(bucket)
        root = self.folder / bucket
        start = root.joinpath(*[p for p in prefix.split("/")[:-1] if p not in ("", ".", "..")])
        local = {
            Path(folder, name).relative_to(root).as_posix(): Path(folder, name)
            for folder, _, names in os.walk(start)
            for name in names
        }
        uris = {uri: target for uri, target in self.public.items() if split_uri(uri)[0] == bucket}
        public = {split_uri(uri)[1]: _package_file(target) for uri, target in uris.items()}
        files = public | local | dict(places_apart(self.folder, bucket))
        yield from sorted(
            ((key, path) for key, path in files.items() if key.startswith(prefix)), key=lambda e: e[0].encode()
        )

    def find_matching(self, uri: str) -> list[tuple[str, Path]]:
        """Return the objects of an S3Prefix input, each with its path relative to the prefix.

        A prefix that is a key gives that one file under its own name; ``s3://b/p`` also matches ``p-2/x``, as on AWS.
        A key that ends with a slash stands for a folder, and is left out.

        Raises:
            ServiceError: if two objects cannot be files of one folder: they have the same relative path, or that of one
                is a folder of the other's.
        """
        bucket, prefix = split_uri(uri)
        base = prefix if prefix.endswith("/") or not prefix else prefix + "/"
        cut = prefix.rfind("/") + 1
        keys: dict[str, str] = {}
        matches = []
        for key, path in self.keys(bucket, prefix):
            if key.endswith("/"):
                continue
            relative = key[len(base) if key.startswith(base) else cut :]
            if first_key := keys.get(relative):
                both = f"{uri} matches {first_key!r} and {key!r}, which would both be {relative!r}"
                raise ServiceError(f"{both}; end the prefix with '/'", _INVALID)
            if inner := next((name for name in map(str, PurePosixPath(relative).parents) if name in keys), None):
                both = f"{uri} matches {keys[inner]!r} and {key!r}"
                raise ServiceError(f"{both}; {inner!r} cannot be a file and a folder", _INVALID)
            keys[relative] = key
            matches.append((relative, path))
        return matches

    def check_writable(self, bucket: str, key: str) -> None:
        """Raise ServiceError if an object of this key could not be written."""
        self.path(bucket, key)

    @contextmanager
    def open_for_writing(self, bucket: str, key: str) -> Iterator[IO[bytes]]:
        """Open a file for the object; it replaces the object only when the block ends without an error."""
        self.check_writable(bucket, key)
        with self._temporary_file() as file:
            yield file
            file.flush()
            os.replace(file.name, make_place(self.folder, bucket, key))

    def write(self, bucket: str, key: str, data: bytes | IO[bytes], digest: Digest | None = None) -> Path:
        """Store bytes, or a file's content, under a key; update the digest, if there is one, with the content."""
        with self.open_for_writing(bucket, key) as file:
            copy_content(data, file, digest)
        return self.path(bucket, key)

    def move_in(self, source: Path, bucket: str, key: str) -> None:
        """Store a file that its owner gives up: move it if it is on the same file system, else copy it."""
        self.check_writable(bucket, key)
        path = make_place(self.folder, bucket, key)
        if os.stat(source).st_dev == os.stat(path.parent).st_dev:
            os.replace(source, path)
        else:
            with source.open("rb") as file:
                self.write(bucket, key, file)

    def read_text(self, uri: str) -> str:
        """Return the object's text; raise ServiceError NoSuchKey if there is no such object."""
        bucket, key = split_uri(uri)
        path = self.find(bucket, key)
        if path is None:
            raise ServiceError(f"there is no object {uri}", "NoSuchKey", 404)
        return path.read_text(encoding="utf-8")

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object if it exists, and the folders that become empty by it."""
        self.check_writable(bucket, key)
        remove_place(self.folder, bucket, key)

    @contextmanager
    def _temporary_file(self) -> Iterator[IO[bytes]]:
        folder = self.folder.parent / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)


def copy_content(data: bytes | str | IO[bytes], target: IO[bytes], digest: Digest | None = None) -> None:
    """Write bytes, or a file's content, to a file piece by piece, and update the digest with them."""
    source = (
        io.BytesIO(data.encode() if isinstance(data, str) else data)
        if isinstance(data, bytes | bytearray | str)
        else data
    )
    while chunk := source.read(COPY_BYTES):
        chunk = chunk.encode() if isinstance(chunk, str) else chunk
        target.write(chunk)
        if digest is not None:
            digest.update(chunk)


def _package_file(target: str) -> Path:
    package, _, path = target.partition(":")
    try:
        file = Path(str(resources.files(package).joinpath(path)))
    except ModuleNotFoundError:
        file = None
    if file is None or not file.is_file():
        raise ConfigError(
            f"the public dataset {target!r} of local.toml is not installed; run: {project.install_command('local')}"
        )
    return file
