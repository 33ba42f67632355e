"""Copy an object, or all objects below a prefix, from S3 to this machine."""

from __future__ import annotations

import argparse
import os
from pathlib import Path, PurePosixPath
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.s3 import exists, object_uri
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal.progress import busy

EXAMPLES = (
    "pipelines get s3://my-bucket/raw/shells.csv --local          becomes ./shells.csv",
    "pipelines get s3://my-bucket/scores/ scores --local          each object of the prefix, below ./scores",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the URI, and the file or folder."""
    parser.add_argument("uri", metavar="URI", help="s3://bucket/key, or a prefix")
    parser.add_argument("path", metavar="PATH", nargs="?", default=".", help="a file or a folder; this one by default")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Download the objects; return the paths of the files and the number of bytes."""
    bucket, key = object_uri(arguments.uri)
    s3 = target.session.client("s3")
    files = _files(s3, bucket, key, Path(arguments.path))
    with busy(f"copying {len(files)} object{'s' * (len(files) > 1)} from s3://{bucket}"):
        for object_key, file in files.items():
            _download(s3, bucket, object_key, file)
    return {"files": [str(file) for file in files.values()], "bytes": sum(f.stat().st_size for f in files.values())}


def text(result: dict[str, Any]) -> str:
    """Return one line for each file."""
    return "\n".join(result["files"])


def _files(s3: Any, bucket: str, key: str, path: Path) -> dict[str, Path]:
    """Return key -> file.

    Raises:
        UsageError: there is no object, or a key leads out of the folder.
    """
    if key and not key.endswith("/") and exists(s3, bucket, key):
        return {key: path / PurePosixPath(key).name if path.is_dir() else path}
    prefix = f"{key.rstrip('/')}/" if key else ""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"] for page in pages for item in page.get("Contents", ()) if not item["Key"].endswith("/")]
    if not keys:
        raise UsageError(f"there is no object s3://{bucket}/{key}, and none below it")
    files = {object_key: path / object_key.removeprefix(prefix).lstrip("/") for object_key in keys}
    for object_key in files:
        if ".." in object_key.split("/"):
            raise UsageError(f"the key {object_key!r} leads out of the folder; get its object alone")
    return files


def _download(s3: Any, bucket: str, key: str, file: Path) -> None:
    """Write an object to a file, which appears complete; raise UsageError if a folder is in its way."""
    if file.is_dir():
        raise UsageError(f"{str(file)!r} is a folder; name the file to write")
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.part")
    try:
        with partial.open("wb") as content:
            s3.download_fileobj(bucket, key, content)
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)
