"""Decides which file stores an object: the path that its key names, or a place apart if that cannot be its path.

<root>/s3/<bucket>/<key>                          nearly all objects
<root>/s3-apart/<bucket>/<hash of the key>/       key, object: an object whose key ends with a slash, has an empty
                                                  part or a part longer than a file's name, or is also a folder of
                                                  other keys
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from local_sagemaker.errors import ServiceError

PART_BYTES = 255  # limit of a file's name on the common file systems
_INVALID = "InvalidArgument"
_KEY, _OBJECT = "key", "object"


def check_key(key: str) -> None:
    """Raise ServiceError for a key that S3 takes and no client can read back reliably: with ``.``, ``..`` or NUL."""
    if not key or any(part in (".", "..") or "\0" in part for part in key.split("/")):
        raise ServiceError(
            f"key {key[:80]!r} is not supported here: it is empty, or has the part '.' or '..'", _INVALID
        )


def find_place(folder: Path, bucket: str, key: str) -> Path:
    """Return the file that stores an object, or would if it were written now.

    Args:
        folder: ``<root>/s3``.
        bucket: the bucket.
        key: a valid key.
    """
    apart = _apart(folder, bucket, key) / _OBJECT
    if not _can_be_a_path(key):
        return apart
    path = folder / bucket / key
    return apart if path.is_dir() or (apart.is_file() and not path.is_file()) else path


def make_place(folder: Path, bucket: str, key: str) -> Path:
    """Make the folders above an object that is about to be written; return its file.

    An object that is in the way, as ``a`` of ``a/b``, moves to its place apart.
    """
    place = find_place(folder, bucket, key)
    if place.parent == _apart(folder, bucket, key):
        folder.joinpath(bucket).mkdir(parents=True, exist_ok=True)  # by which the bucket exists
        _make_apart(place.parent, key)
        return place
    for parent in reversed(place.relative_to(folder / bucket).parents):
        if (folder / bucket / parent).is_file():
            moved = _apart(folder, bucket, parent.as_posix())
            _make_apart(moved, parent.as_posix())
            os.replace(folder / bucket / parent, moved / _OBJECT)
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def places_apart(folder: Path, bucket: str) -> Iterator[tuple[str, Path]]:
    """Yield key and file of each object of a bucket that is stored apart."""
    for path in _folder_apart(folder, bucket).glob(f"*/{_OBJECT}"):
        yield path.with_name(_KEY).read_text(encoding="utf-8"), path


def remove_place(folder: Path, bucket: str, key: str) -> None:
    """Remove an object's file if it exists, and the folders that become empty by it."""
    place = find_place(folder, bucket, key)
    place.unlink(missing_ok=True)
    if place.parent == _apart(folder, bucket, key):
        place.with_name(_KEY).unlink(missing_ok=True)
        if place.parent.is_dir():
            place.parent.rmdir()
        return
    for parent in place.parents:
        if parent == folder / bucket or not parent.is_dir() or any(parent.iterdir()):
            break
        parent.rmdir()


def _can_be_a_path(key: str) -> bool:
    return all(part and len(part.encode()) <= PART_BYTES for part in key.split("/"))


def _make_apart(place: Path, key: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    place.joinpath(_KEY).write_text(key, encoding="utf-8")


def _apart(folder: Path, bucket: str, key: str) -> Path:
    return _folder_apart(folder, bucket) / hashlib.sha256(key.encode()).hexdigest()[:40]


def _folder_apart(folder: Path, bucket: str) -> Path:
    return folder.with_name(f"{folder.name}-apart") / bucket
