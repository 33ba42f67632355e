"""Reads S3 objects, which are files of the root folder on this machine, by their URIs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.targets import Target

from botocore.exceptions import ClientError


def read_json(target: Target, uri: str) -> Any:
    """Return the JSON document at a URI.

    Return None on any error: the document is optional detail next to the service's own data.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not key:
        return None
    try:
        return json.load(target.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    except (ClientError, ValueError):
        return None


def read(target: Target, uri: str) -> Any:
    """Return the JSON document at a URI; the URI is added to the message of an AWS error."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        return json.load(target.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    except ClientError as error:
        error.response["Error"]["Message"] = f"{uri}: {error.response['Error'].get('Message', '')}"
        raise


def place(uri: str, root: str | None) -> str:
    """Return an S3 URI; on this machine the path of its file."""
    return str(Path(root, "s3", uri.removeprefix("s3://"))) if root and uri else uri


def exists(s3: Any, bucket: str, key: str) -> bool:
    """Return whether there is an object with that key."""
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True
