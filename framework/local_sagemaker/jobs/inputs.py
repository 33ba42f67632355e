"""Finds the objects of a job's input: those below a prefix, or those that a manifest lists.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from local_sagemaker.account import Account
from local_sagemaker.errors import JobError
from local_sagemaker.objects import split_uri


class NoObjectError(JobError):
    """Raised when an input has no object."""


class Input(NamedTuple):
    """An object, described by its path below the input's folder, the file that stores it, and its URI."""

    relative: str
    path: Path
    uri: str


def find_inputs(account: Account, data_type: str, uri: str) -> list[Input]:
    """Return the objects of an input.

    Args:
        account: the account that stores them.
        data_type: the input's S3DataType.
        uri: of a prefix, or of a manifest.

    Raises:
        JobError: if there is no object (NoObjectError), or the manifest is not valid.
    """
    objects = _FINDERS[data_type](account, uri)
    if not objects:
        raise NoObjectError(f"ClientError: Data download failed: no object matches {uri}")
    return objects


def _find_by_prefix(account: Account, uri: str) -> list[Input]:
    """Return the objects whose URIs begin with a prefix."""
    bucket, prefix = split_uri(uri)
    keys = {path: key for key, path in account.objects.keys(bucket, prefix)}
    return [Input(name, path, f"s3://{bucket}/{keys[path]}") for name, path in account.objects.find_matching(uri)]


def _read_manifest(account: Account, uri: str) -> list[Input]:
    """Return the objects that a manifest lists: ``[{"prefix": "s3://bucket/folder/"}, "a.csv", ...]``."""
    try:
        first, *names = json.loads(account.objects.read_text(uri))
        entries = [(name.lstrip("/"), first["prefix"] + name) for name in names]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise JobError(
            f'ClientError: {uri} is not a manifest such as [{{"prefix": "s3://..."}}, "file", ...]'
        ) from None
    return [_find_listed(account, uri, name, entry_uri) for name, entry_uri in entries]


def _find_listed(account: Account, manifest: str, name: str, uri: str) -> Input:
    if {"", ".", ".."} & set(name.split("/")):
        raise JobError(f"ClientError: the manifest {manifest} lists {name!r}, which is not a path below its prefix")
    path = account.objects.find(*split_uri(uri))
    if path is None:
        raise JobError(f"ClientError: Data download failed: the manifest {manifest} lists {uri}, which does not exist")
    return Input(name, path, uri)


_FINDERS: dict[str, Callable[[Account, str], list[Input]]] = {
    "S3Prefix": _find_by_prefix,
    "ManifestFile": _read_manifest,
}
