"""Copy a file or a folder of this machine to S3; an S3 URI that ends with a slash is a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.s3 import object_uri
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal.progress import busy

EXAMPLES = (
    "pipelines put shells.csv s3://my-bucket/raw/ --local        becomes s3://my-bucket/raw/shells.csv",
    "pipelines put folder s3://my-bucket/raw --local             each file of the folder, below that prefix",
)
#: The root of a local run is made if it does not exist, so that data can be put before the first run.
MAKES_ROOT = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the file or folder, and the URI."""
    parser.add_argument("path", metavar="FILE", help="a file, or a folder with its files")
    parser.add_argument("uri", metavar="URI", help="s3://bucket/key")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Upload the files; return their URIs and the number of bytes."""
    path, (bucket, key) = Path(arguments.path), object_uri(arguments.uri)
    if not path.exists():
        raise UsageError(f"there is no file or folder {arguments.path!r}")
    files = _files(path, key)
    if not files:
        raise UsageError(f"the folder {arguments.path!r} has no file")
    s3 = target.session.client("s3")
    with busy(f"copying {len(files)} file{'s' * (len(files) > 1)} to s3://{bucket}"):
        for file_key, file in files.items():
            with file.open("rb") as content:
                s3.upload_fileobj(content, bucket, file_key)
    size = sum(file.stat().st_size for file in files.values())
    return {"objects": [f"s3://{bucket}/{file_key}" for file_key in files], "bytes": size}


def text(result: dict[str, Any]) -> str:
    """Return one line for each object."""
    return "\n".join(result["objects"])


def _files(path: Path, key: str) -> dict[str, Path]:
    """Return key -> file; hidden files of a folder are left out."""
    if path.is_file():
        return {f"{key}{path.name}" if not key or key.endswith("/") else key: path}
    prefix = f"{key.rstrip('/')}/" if key else ""
    inner = sorted(file for file in path.rglob("*") if file.is_file())
    relative = {file: file.relative_to(path) for file in inner}
    return {f"{prefix}{r.as_posix()}": f for f, r in relative.items() if not any(p.startswith(".") for p in r.parts)}
