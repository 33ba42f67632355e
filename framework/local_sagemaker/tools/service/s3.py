"""Reads and deletes S3 objects, which are files of the root folder on this machine, by their URIs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.targets import Target

from botocore.exceptions import ClientError

KEYS_PER_CALL = 1000  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html


def split_uri(uri: str) -> tuple[str, str]:
    """Return the bucket and the key of an S3 URI; each may be empty."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def object_uri(uri: str) -> tuple[str, str]:
    """Return the bucket and the key of a URI that the command line names; the key may be empty.

    Raises:
        UsageError: it is not an S3 URI.
    """
    bucket, key = split_uri(uri)
    if not uri.startswith("s3://") or not bucket:
        raise UsageError(f"{uri!r} is not an S3 URI such as s3://bucket/key")
    return bucket, key


def delete_objects(s3: Any, objects: Iterable[tuple[str, str]]) -> None:
    """Delete objects, given as bucket and key.

    Raises:
        UsageError: S3 did not delete an object; it answers that with a list of errors, and with status 200.
    """
    for bucket, members in groupby(sorted(objects), key=lambda member: member[0]):
        keys = [{"Key": key} for _, key in members]
        for first in range(0, len(keys), KEYS_PER_CALL):
            part = {"Objects": keys[first : first + KEYS_PER_CALL], "Quiet": True}
            if errors := s3.delete_objects(Bucket=bucket, Delete=part).get("Errors"):
                first_error = f"s3://{bucket}/{errors[0]['Key']}: {errors[0].get('Message', '')}"
                raise UsageError(f"{len(errors)} objects could not be deleted; {first_error}")


def read_json(target: Target, uri: str) -> Any:
    """Return the JSON document at a URI.

    Return None on any error: the document is optional detail next to the service's own data.
    """
    bucket, key = split_uri(uri)
    if not key:
        return None
    try:
        return json.load(target.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    except (ClientError, ValueError):
        return None


def read(target: Target, uri: str) -> Any:
    """Return the JSON document at a URI; the URI is added to the message of an AWS error."""
    bucket, key = split_uri(uri)
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
    return etag(s3, bucket, key) is not None


def etag(s3: Any, bucket: str, key: str) -> str | None:
    """Return an object's ETag without its quotes; None if there is no object with that key."""
    try:
        return str(s3.head_object(Bucket=bucket, Key=key)["ETag"]).strip('"')
    except ClientError as error:
        if is_missing(error):
            return None
        raise
