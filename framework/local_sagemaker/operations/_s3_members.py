"""Declares what this machine does with the members that the requests of S3's operations have in common.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from __future__ import annotations

from local_sagemaker.definition.members.shared import UNENCRYPTED, VERSIONS_OF_OBJECTS
from local_sagemaker.definition.members.table import Table, each

_NO_POLICIES = "no policy is enforced on this machine"
_NOT_SENT = "objects are not sent through a network, so that no checksum is verified"
NO_CONDITIONS = "conditional requests are not supported; leave it out"
_NO_LOCK = "objects can be replaced and deleted at any time here"
_HASHES = "CRC32 CRC32C CRC64NVME SHA1 SHA256 SHA512 MD5 XXHASH64 XXHASH3 XXHASH128"
CHECKSUMS = " ".join(f"Checksum{name}" for name in _HASHES.split())
KEY = "SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5"
ACCESS = "ACL GrantFullControl GrantRead GrantReadACP GrantWrite GrantWriteACP ObjectOwnership"
_ENCRYPTION = "ServerSideEncryption SSEKMSKeyId SSEKMSEncryptionContext BucketKeyEnabled"
_LOCK = (
    "ObjectLockMode ObjectLockRetainUntilDate ObjectLockLegalHoldStatus ObjectLockEventHold "
    "ObjectLockEventHoldDurationDays ObjectLockEventHoldDurationYears"
)
WRITING = (
    f"ACL GrantFullControl GrantRead GrantReadACP GrantWriteACP {_ENCRYPTION} StorageClass Tagging {_LOCK} "
    f"ChecksumAlgorithm RequestPayer {KEY}"
)
COPY_CONDITIONS = "CopySourceIfMatch CopySourceIfModifiedSince CopySourceIfNoneMatch CopySourceIfUnmodifiedSince"
COPY_KEY = "CopySourceSSECustomerAlgorithm CopySourceSSECustomerKey CopySourceSSECustomerKeyMD5"
READING = (
    "ResponseCacheControl ResponseContentDisposition "
    "ResponseContentEncoding ResponseContentLanguage ResponseContentType ResponseExpires VersionId RequestPayer "
    f"PartNumber ChecksumMode {KEY}"
)

_RECORDED = {
    "RequestPayer": "nothing here is paid for",
    "StorageClass": "a file is stored one way",
    "ChecksumAlgorithm": _NOT_SENT,
    "ChecksumType": _NOT_SENT,
    "ChecksumMode": _NOT_SENT,
    "BypassGovernanceRetention": _NO_LOCK,
    "ContentLength": "the length is that of the body",
}
_WITHOUT_EFFECT = {
    **each(ACCESS, _NO_POLICIES),
    **each(_ENCRYPTION, UNENCRYPTED),
    **each(f"ContentMD5 MpuObjectSize {CHECKSUMS}", _NOT_SENT),
    **each("Tagging TaggingDirective AnnotationDirective", "objects have no tags here"),
}
_DIRECTORY_BUCKETS = "directory buckets are not part of this machine"
_REFUSED = {
    **each(
        "IfMatch IfNoneMatch IfModifiedSince IfUnmodifiedSince IfMatchLastModifiedTime IfMatchSize "
        f"IfMatchInitiatedTime {COPY_CONDITIONS}",
        NO_CONDITIONS,
    ),
    **each(
        "ResponseCacheControl ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage "
        "ResponseContentType ResponseExpires",
        "the headers that an object was written with are returned",
    ),
    **each(f"{KEY} {COPY_KEY}", UNENCRYPTED),
    **each(f"{_LOCK} ObjectLockEnabledForBucket MFA", _NO_LOCK),
    "VersionId": VERSIONS_OF_OBJECTS,
    "PartNumber": "an object is one file here; use Range",
    "Range": "the metadata are those of the whole object",
    "WriteOffsetBytes": "an object is written whole here",
    "BucketNamespace": "all buckets are in one namespace here",
    "OptionalObjectAttributes": "objects have no further attributes here",
    "CreateBucketConfiguration.Location": _DIRECTORY_BUCKETS,
    "CreateBucketConfiguration.Bucket": _DIRECTORY_BUCKETS,
    "CreateBucketConfiguration.Tags": "buckets have no tags here",
}


def members(names: str, handled: str = "") -> Table:
    """Return the table of a request.

    Args:
        names: members that are declared above, separated by blanks.
        handled: further members that are handled, which are not among the function's parameters.
    """
    selected_names = names.split()

    def pick(reasons: dict[str, str]) -> dict[str, str]:
        return {name: reasons[name] for name in selected_names if name in reasons}

    return Table(handled, pick(_RECORDED), pick(_WITHOUT_EFFECT), pick(_REFUSED))
