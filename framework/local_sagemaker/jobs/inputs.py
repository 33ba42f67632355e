"""What an input of a job names: objects below a prefix, or those that a manifest lists.

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


class Input(NamedTuple):
    """An object: its path below the input's folder, the file that holds it, and its URI."""

    relative: str
    path: Path
    uri: str


def find(account: Account, kind: str, uri: str) -> list[Input]:
    """The objects.

    Args:
        account: that has them.
        kind: S3DataType of the input.
        uri: a prefix, or a manifest's.

    Raises:
        JobError: there is none, the manifest is none, or inputs of this kind do not run here.
    """
    if kind not in _FIND:
        raise JobError(f"ClientError: S3DataType {kind} does not run here; {' and '.join(_FIND)} do")
    found = _FIND[kind](account, uri)
    if not found:
        raise JobError(f"ClientError: Data download failed: no object matches {uri}")
    return found


def _prefixed(account: Account, uri: str) -> list[Input]:
    """What begins with a prefix."""
    bucket, prefix = split_uri(uri)
    keys = {path: key for key, path in account.objects.keys(bucket, prefix)}
    return [Input(name, path, f"s3://{bucket}/{keys[path]}") for name, path in account.objects.matching(uri)]


def _listed(account: Account, uri: str) -> list[Input]:
    """What a manifest lists: ``[{"prefix": "s3://bucket/folder/"}, "a.csv", ...]``."""
    try:
        first, *names = json.loads(account.objects.read_text(uri))
        wanted = [(name.lstrip("/"), first["prefix"] + name) for name in names]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise JobError(f'ClientError: {uri} is no manifest: [{{"prefix": "s3://..."}}, "file", ...]') from None
    return [_found(account, uri, name, one) for name, one in wanted]


def _found(account: Account, manifest: str, name: str, uri: str) -> Input:
    if {"", ".", ".."} & set(name.split("/")):
        raise JobError(f"ClientError: the manifest {manifest} lists {name!r}, which is no path below its prefix")
    path = account.objects.find(*split_uri(uri))
    if path is None:
        raise JobError(f"ClientError: Data download failed: the manifest {manifest} lists {uri}, which is not there")
    return Input(name, path, uri)


_FIND: dict[str, Callable[[Account, str], list[Input]]] = {"S3Prefix": _prefixed, "ManifestFile": _listed}
