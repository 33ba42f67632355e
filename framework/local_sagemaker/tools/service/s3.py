"""Objects of S3 by their URIs: here files of the root folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.targets import Target

from botocore.exceptions import ClientError


def read_json(target: Target, uri: str) -> Any:
    """The document at a URI; None where there is none, or it cannot be read: it is told beside what is certain."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not key:
        return None
    try:
        return json.load(target.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    except (ClientError, ValueError):
        return None


def read(target: Target, uri: str) -> Any:
    """The JSON document at a URI; an error of the service's names the URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        return json.load(target.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    except ClientError as error:
        error.response["Error"]["Message"] = f"{uri}: {error.response['Error'].get('Message', '')}"
        raise


def place(uri: str, root: str | None) -> str:
    """An S3 URI; on this machine the file that it is."""
    return str(Path(root, "s3", uri.removeprefix("s3://"))) if root and uri else uri


def exists(s3: Any, bucket: str, key: str) -> bool:
    """Whether there is an object of that key."""
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True
