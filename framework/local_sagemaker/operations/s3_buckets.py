"""Operations of S3 on buckets."""

from __future__ import annotations

import shutil
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ServiceError
from local_sagemaker.objects import check_bucket
from local_sagemaker.operations._s3_files import OWNER, check_owner
from local_sagemaker.operations._s3_members import ACCESS, members
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import ascending, page

SERVICE = "s3"


def list_buckets(
    account: Account,
    *,
    Prefix: str = "",
    BucketRegion: str | None = None,
    MaxBuckets: int | None = None,
    ContinuationToken: str | None = None,
) -> dict[str, Any]:
    """List the buckets, which are all in the account's region (ListBuckets)."""
    names = {*account.objects.buckets(), account.default_bucket} if BucketRegion in (None, account.region) else set()
    buckets = [{"Name": name, "CreationDate": account.now()} for name in sorted(names) if name.startswith(Prefix)]
    answer = page("Buckets", buckets, ascending(MaxBuckets, ContinuationToken))
    return {"Buckets": answer["Buckets"], "ContinuationToken": answer.get("NextToken"), "Owner": OWNER}


@takes(
    members(
        f"{ACCESS} ObjectLockEnabledForBucket BucketNamespace CreateBucketConfiguration.Location "
        "CreateBucketConfiguration.Bucket CreateBucketConfiguration.Tags",
        handled="CreateBucketConfiguration.LocationConstraint",
    )
)
def create_bucket(
    account: Account, *, Bucket: str, CreateBucketConfiguration: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Create a bucket (CreateBucket). Writing an object also creates its bucket.

    Raises:
        ServiceError: the name is invalid, or the bucket would be in another region.
    """
    check_bucket(Bucket)
    location = (CreateBucketConfiguration or {}).get("LocationConstraint")
    if location not in (None, account.region):
        message = f"The {location} location constraint is incompatible for the region {account.region}"
        raise ServiceError(message, "IllegalLocationConstraintException")
    account.objects.folder.joinpath(Bucket).mkdir(parents=True, exist_ok=True)
    return {"Location": f"/{Bucket}"}


def head_bucket(account: Account, *, Bucket: str, ExpectedBucketOwner: str = "") -> dict[str, Any]:
    """Check that a bucket exists; the default bucket always does (HeadBucket)."""
    check_owner(account, ExpectedBucketOwner)
    if Bucket != account.default_bucket and Bucket not in account.objects.buckets():
        raise ServiceError("Not Found", "404", 404)
    return {"BucketRegion": account.region}


def get_bucket_location(account: Account, *, Bucket: str, ExpectedBucketOwner: str = "") -> dict[str, Any]:
    """Return the bucket's region (GetBucketLocation); us-east-1 has no location, as on AWS."""
    check_owner(account, ExpectedBucketOwner)
    return {} if account.region == "us-east-1" else {"LocationConstraint": account.region}


def delete_bucket(account: Account, *, Bucket: str, ExpectedBucketOwner: str = "") -> dict[str, Any]:
    """Delete a bucket that has no objects (DeleteBucket)."""
    head_bucket(account, Bucket=Bucket, ExpectedBucketOwner=ExpectedBucketOwner)
    if next(account.objects.keys(Bucket), None):
        raise ServiceError("The bucket you tried to delete is not empty", "BucketNotEmpty", 409)
    shutil.rmtree(account.objects.folder / Bucket, ignore_errors=True)
    return {}
