from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from local_sagemaker.errors import NoEffectWarning, ServiceError
from local_sagemaker.hooks import LeavesTheMachine
from local_sagemaker.objects import split_uri

import pytest
from botocore.exceptions import ClientError

LARGE = bytes(range(256)) * 70_000  # 17.9 MB: boto3 sends and fetches it in parts


@pytest.fixture
def s3(session):
    return session.client("s3")


def test_a_large_object_is_uploaded_and_downloaded_in_parts(s3, account):
    s3.upload_fileobj(io.BytesIO(LARGE), "bucket", "folder/large.bin")
    target = io.BytesIO()
    s3.download_fileobj("bucket", "folder/large.bin", target)

    assert target.getvalue() == LARGE
    assert account.objects.path("bucket", "folder/large.bin").read_bytes() == LARGE
    assert not list(account.root.joinpath("tmp").iterdir())


@pytest.mark.parametrize(
    ("text", "expected"), [("bytes=0-1", b"ab"), ("bytes=2-", b"cdef"), ("bytes=-2", b"ef"), ("bytes=4-99", b"ef")]
)
def test_a_range_is_read(s3, text, expected):
    s3.put_object(Bucket="bucket", Key="key", Body=b"abcdef")

    assert s3.get_object(Bucket="bucket", Key="key", Range=text)["Body"].read() == expected


def test_a_range_beyond_the_end_is_refused(s3):
    s3.put_object(Bucket="bucket", Key="key", Body=b"abc")

    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket="bucket", Key="key", Range="bytes=3-")


def test_objects_are_listed_in_byte_order_and_in_pages(s3):
    for key in ("b", "a/2", "a/10", "a-1", "\u00e9"):
        s3.put_object(Bucket="bucket", Key=key, Body=key.encode())

    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="bucket", PaginationConfig={"PageSize": 2})

    assert [e["Key"] for page in pages for e in page["Contents"]] == ["a-1", "a/10", "a/2", "b", "\u00e9"]


def test_a_delimiter_groups_keys_into_folders(s3):
    for key in ("x/a/1", "x/a/2", "x/b/1", "x/c"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"")

    listed = s3.list_objects_v2(Bucket="bucket", Prefix="x/", Delimiter="/")

    assert [e["Prefix"] for e in listed["CommonPrefixes"]] == ["x/a/", "x/b/"]
    assert [e["Key"] for e in listed["Contents"]] == ["x/c"]


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "a/./b", "a\0b"])
def test_a_key_that_could_leave_its_folder_is_refused(s3, account, key):
    with pytest.raises(ClientError, match="is not supported here"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"x")

    assert not account.root.parent.joinpath("outside").exists()


@pytest.mark.parametrize("bucket", ["..", ".", "a/b", "UPPER", "a..b"])
def test_a_bucket_that_could_leave_its_folder_is_refused(account, bucket):
    for call in (account.objects.write, account.objects.delete, account.objects.find):
        with pytest.raises(ServiceError, match="is not a bucket name"):
            call(*(bucket, "records.sqlite", b"")[: 3 if call == account.objects.write else 2])
    with pytest.raises(ServiceError, match="is not a bucket name"):
        list(account.objects.keys(bucket))


def test_deleting_a_copied_object_also_deletes_its_empty_folders(s3, account):
    s3.put_object(Bucket="bucket", Key="a/b/c", Body=b"x")

    s3.copy_object(Bucket="other", Key="d", CopySource={"Bucket": "bucket", "Key": "a/b/c"})
    s3.delete_object(Bucket="bucket", Key="a/b/c")

    assert s3.get_object(Bucket="other", Key="d")["Body"].read() == b"x"
    assert not account.root.joinpath("s3", "bucket", "a").exists()


def test_a_missing_object_raises_no_such_key(s3):
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="bucket", Key="key")


def test_a_failed_upload_leaves_the_old_object(account):
    account.objects.write("bucket", "key", b"old")

    with pytest.raises(OSError, match="the source broke"), account.objects.open_for_writing("bucket", "key") as file:
        file.write(b"half of the n")
        raise OSError("the source broke")

    assert account.objects.path("bucket", "key").read_bytes() == b"old"
    assert not list(account.root.joinpath("tmp").iterdir())


HEADERS = {"ContentType": "text/csv", "Metadata": {"rows": "2"}, "CacheControl": "no-store"}


def headers(s3, key):
    described = s3.head_object(Bucket="bucket", Key=key)
    return {name: described[name] for name in HEADERS if name in described}


def test_the_headers_of_an_object_are_returned_and_copied(s3):
    s3.put_object(Bucket="bucket", Key="a", Body=b"1", **HEADERS)
    s3.upload_fileobj(io.BytesIO(LARGE), "bucket", "large", ExtraArgs=HEADERS)
    s3.copy_object(Bucket="bucket", Key="b", CopySource="bucket/a")
    s3.copy_object(Bucket="bucket", Key="c", CopySource="bucket/a", MetadataDirective="REPLACE", ContentType="a/b")

    assert [headers(s3, key) for key in ("a", "b", "large")] == [HEADERS] * 3
    assert headers(s3, "c") == {"ContentType": "a/b", "Metadata": {}}


def test_the_headers_of_an_object_end_with_it(s3, account):
    for key in ("deleted", "replaced", "overwritten"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"1", **HEADERS)
    s3.delete_object(Bucket="bucket", Key="deleted")
    s3.put_object(Bucket="bucket", Key="replaced", Body=b"1")
    account.objects.path("bucket", "overwritten").write_bytes(b"by another program")

    assert headers(s3, "replaced") == headers(s3, "overwritten")
    assert headers(s3, "replaced") == {"ContentType": "binary/octet-stream", "Metadata": {}}
    assert len(list(account.root.joinpath("s3-headers").iterdir())) == 2


@pytest.mark.parametrize(
    ("conditions", "code"),
    [
        ({"IfMatch": "*"}, ""),
        ({"IfMatch": '"another"'}, "PreconditionFailed"),
        ({"IfNoneMatch": '"another"'}, ""),
        ({"IfNoneMatch": "*"}, "304"),
        ({"IfModifiedSince": datetime(2020, 1, 1, tzinfo=UTC)}, ""),
        ({"IfModifiedSince": datetime(2100, 1, 1, tzinfo=UTC)}, "304"),
        ({"IfUnmodifiedSince": datetime(2020, 1, 1, tzinfo=UTC)}, "PreconditionFailed"),
    ],
)
def test_a_read_may_have_conditions(s3, conditions, code):
    s3.put_object(Bucket="bucket", Key="key", Body=b"abc")

    try:
        answer = s3.get_object(Bucket="bucket", Key="key", **conditions)["Body"].read()
    except ClientError as error:
        answer = error.response["Error"]["Code"]

    assert answer == (code or b"abc")


def test_the_owner_of_a_bucket_is_checked(s3, account):
    s3.put_object(Bucket="bucket", Key="key", Body=b"abc", ExpectedBucketOwner=account.id)

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket="bucket", Key="key", ExpectedBucketOwner="111122223333")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"WriteOffsetBytes": 3}, "put_object does not support WriteOffsetBytes here"),
        ({"SSECustomerKey": "0" * 32, "SSECustomerAlgorithm": "AES256"}, "does not support SSECustomer"),
    ],
)
def test_what_would_change_the_result_is_refused(s3, request_, message):
    with pytest.raises(ClientError, match=message):
        s3.put_object(Bucket="bucket", Key="key", Body=b"abc", **request_)


def test_a_member_without_effect_is_reported_once(s3):
    with pytest.warns(NoEffectWarning, match="ACL of s3.put_object has no effect here: no policy is enforced"):
        s3.put_object(Bucket="bucket", Key="key", Body=b"abc", ACL="private")


def test_a_part_that_was_not_uploaded_is_refused(s3, account):
    upload = s3.create_multipart_upload(Bucket="bucket", Key="key")["UploadId"]

    with pytest.raises(ClientError, match="InvalidPart"):
        s3.complete_multipart_upload(
            Bucket="bucket", Key="key", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]}
        )
    assert account.objects.find("bucket", "key") is None


def test_a_url_encoded_listing_and_a_quiet_deletion(s3):
    s3.put_object(Bucket="bucket", Key="a b/c", Body=b"abc")

    listed = s3.list_objects_v2(Bucket="bucket", EncodingType="url", FetchOwner=True)["Contents"][0]

    assert (listed["Key"], listed["Owner"]) == ("a%20b/c", {"ID": "local"})
    assert "Deleted" not in s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "a b/c"}], "Quiet": True})


def test_buckets_are_filtered_and_made_in_this_region_alone(s3):
    s3.create_bucket(Bucket="first")

    assert [bucket["Name"] for bucket in s3.list_buckets(Prefix="fi")["Buckets"]] == ["first"]
    with pytest.raises(ClientError, match="IllegalLocationConstraint"):
        s3.create_bucket(Bucket="second", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


@pytest.mark.parametrize(
    "uri",
    [
        "s3://my.bucket/a/b",
        "https://s3.amazonaws.com/my.bucket/a/b",
        "https://s3.eu-west-1.amazonaws.com/my.bucket/a/b",
        "https://s3-eu-west-1.amazonaws.com/my.bucket/a/b",
        "https://my.bucket.s3.eu-west-1.amazonaws.com/a/b",
        "https://my.bucket.s3.cn-north-1.amazonaws.com.cn/a/b",
    ],
)
def test_an_object_is_named_by_its_uri_or_url(uri):
    assert split_uri(uri) == ("my.bucket", "a/b")


@pytest.mark.parametrize("uri", ["https://example.com/my.bucket/a", "http://s3.amazonaws.com/my.bucket/a", "a/b", 7])
def test_another_url_is_refused(uri):
    with pytest.raises(ServiceError, match="is not an S3 URI"):
        split_uri(uri)


APART = ("a//b", "/absolute", "x" * 300, "folder/", "é/" + "ü" * 200)


def keys_of(s3, **query):
    return [item["Key"] for item in s3.list_objects_v2(Bucket="bucket", **query).get("Contents", ())]


@pytest.mark.parametrize("key", APART)
def test_a_key_that_cannot_be_a_path_is_stored_apart(s3, account, key):
    s3.put_object(Bucket="bucket", Key=key, Body=b"1", **HEADERS)

    assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == b"1"
    assert (keys_of(s3), headers(s3, key)) == ([key], HEADERS)
    s3.delete_object(Bucket="bucket", Key=key)
    assert keys_of(s3) == []
    assert not any(path.is_file() for folder in ("s3", "s3-apart") for path in (account.root / folder).rglob("*"))


@pytest.mark.parametrize("order", [("a", "a/b", "a/b/c"), ("a/b/c", "a/b", "a"), ("a/b", "a", "a/b/c")])
def test_a_key_may_be_the_folder_of_another(s3, order):
    for key in order:
        s3.put_object(Bucket="bucket", Key=key, Body=key.encode(), ContentType=f"text/{key.count('/')}")
    s3.put_object(Bucket="bucket", Key="a", Body=b"again")

    answers = {key: s3.get_object(Bucket="bucket", Key=key) for key in order}

    assert keys_of(s3) == sorted(order)
    assert {key: answer["Body"].read() for key, answer in answers.items()} == {
        "a": b"again",
        "a/b": b"a/b",
        "a/b/c": b"a/b/c",
    }
    assert answers["a/b"]["ContentType"] == "text/1"
    for key in order:
        s3.delete_object(Bucket="bucket", Key=key)
    assert keys_of(s3) == []


def test_an_input_whose_objects_cannot_be_files_of_one_folder_is_refused(account):
    for key in ("in/a", "in/a/b", "in/folder/"):
        account.objects.write("bucket", key, b"")

    with pytest.raises(ServiceError, match="matches 'in/a' and 'in/a/b'; 'a' cannot be a file and a folder"):
        account.objects.find_matching("s3://bucket/in/")
    assert [name for name, _ in account.objects.find_matching("s3://bucket/in/folder")] == []


def test_an_etag_is_the_md5_of_the_content_or_of_its_parts(s3, account):
    digest = hashlib.md5(b"abc").hexdigest()
    put = s3.put_object(Bucket="bucket", Key="a", Body=io.BytesIO(b"abc"))["ETag"]
    copied = s3.copy_object(Bucket="bucket", Key="b", CopySource="bucket/a")["CopyObjectResult"]["ETag"]
    s3.upload_fileobj(io.BytesIO(LARGE), "bucket", "large")
    account.objects.write("bucket", "by-a-job", b"abc")
    parts = [hashlib.md5(LARGE[start : start + (8 << 20)]).digest() for start in range(0, len(LARGE), 8 << 20)]

    listed = {item["Key"]: item["ETag"] for item in s3.list_objects_v2(Bucket="bucket")["Contents"]}

    assert (put, copied, listed["a"]) == (f'"{digest}"',) * 3
    assert listed["large"] == f'"{hashlib.md5(b"".join(parts)).hexdigest()}-{len(parts)}"'
    assert listed["by-a-job"].endswith('-1"')


def test_a_write_may_have_conditions(s3):
    etag = s3.put_object(Bucket="bucket", Key="key", Body=b"1", IfNoneMatch="*")["ETag"]

    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="bucket", Key="key", Body=b"2", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="bucket", Key="key", Body=b"2", IfMatch='"another"')
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.put_object(Bucket="bucket", Key="none", Body=b"2", IfMatch=etag)
    s3.put_object(Bucket="bucket", Key="key", Body=b"3", IfMatch=etag)

    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"3"
    assert keys_of(s3) == ["key"]


def test_one_of_many_writers_creates_an_object(s3):
    def create(number):
        try:
            s3.put_object(Bucket="bucket", Key="lock", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError:
            return None
        return str(number)

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(create, range(16)) if number]

    assert winners == [s3.get_object(Bucket="bucket", Key="lock")["Body"].read().decode()]


def test_objects_of_a_bucket_are_listed_and_deleted_by_the_resource(session):
    bucket = session.resource("s3").Bucket("bucket")
    for name in ("a/1", "a/2", "b"):
        bucket.put_object(Key=name, Body=b"")

    assert [item.key for item in bucket.objects.filter(Prefix="a/")] == ["a/1", "a/2"]
    assert [item.key for item in bucket.objects.page_size(1)] == ["a/1", "a/2", "b"]
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        bucket.delete()
    bucket.objects.filter(Prefix="a/").delete()
    assert [item.key for item in bucket.objects.all()] == ["b"]
    bucket.objects.delete()
    bucket.delete()
    with pytest.raises(ClientError, match="404"):
        session.client("s3").head_bucket(Bucket="bucket")


@pytest.mark.parametrize("method", ["generate_presigned_url", "generate_presigned_post"])
def test_a_presigned_url_is_refused(s3, method):
    arguments = ("get_object", {"Bucket": "bucket", "Key": "key"}) if method.endswith("url") else ("bucket", "key")

    with pytest.raises(LeavesTheMachine, match="a presigned URL would lead to AWS"):
        getattr(s3, method)(*arguments)
