"""Test how S3 URIs are split, and that objects which S3 did not delete are an error."""

from __future__ import annotations

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.s3 import KEYS_PER_CALL, delete_objects, split_uri

import pytest


class S3:
    """Records the calls, and refuses to delete the keys that begin with ``locked``."""

    def __init__(self):
        self.calls = []

    def delete_objects(self, **request):
        keys = [entry["Key"] for entry in request["Delete"]["Objects"]]
        self.calls.append((request["Bucket"], len(keys)))
        errors = [{"Key": key, "Message": "Access Denied"} for key in keys if key.startswith("locked")]
        return {"Errors": errors} if errors else {}


@pytest.mark.parametrize(
    ("uri", "parts"),
    [("s3://b/a/c.csv", ("b", "a/c.csv")), ("s3://b", ("b", "")), ("s3://b/", ("b", "")), ("", ("", ""))],
)
def test_a_uri_is_split_into_bucket_and_key(uri, parts):
    assert split_uri(uri) == parts


def test_objects_are_deleted_by_bucket_in_calls_of_limited_size():
    s3 = S3()

    delete_objects(s3, [("b", str(n)) for n in range(KEYS_PER_CALL + 1)] + [("a", "x")])

    assert s3.calls == [("a", 1), ("b", KEYS_PER_CALL), ("b", 1)]


def test_an_object_that_s3_does_not_delete_is_an_error():
    with pytest.raises(UsageError, match=r"1 objects could not be deleted; s3://b/locked.csv: Access Denied"):
        delete_objects(S3(), [("b", "a.csv"), ("b", "locked.csv")])
