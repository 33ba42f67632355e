"""What AWS, or the way to it, refused: in one line, with what to do next."""

from __future__ import annotations

import re

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

SIGN_IN = (
    "sign in (aws sso login, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or stay on this machine with --local"
)
PERMISSION = "whoever calls needs that permission; docs/permissions.md lists what each command asks for"
PATIENCE = "boto3 has tried it several times; wait, or set AWS_RETRY_MODE=adaptive and AWS_MAX_ATTEMPTS=10"
NETWORK = "is there a way to AWS, and is the region right? --local needs neither"

#: Code of a ClientError -> what to do. https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
CODES = {
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"), PERMISSION),
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        f"the credentials are no longer, or never were, valid; {SIGN_IN}",
    ),
    **dict.fromkeys(
        ("RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"), PATIENCE
    ),
    "NoSuchBucket": 'make the bucket (aws s3 mb s3://...), or name another: --kwargs \'{"default_bucket": "..."}\'',
    "ResourceLimitExceeded": "ask for a higher quota (Service Quotas, Amazon SageMaker), or run fewer at once",
}
#: Kind of a BotoCoreError -> what to do. These are wrong use, as nothing has been asked of AWS yet.
UNASKED = {
    exceptions.NoCredentialsError: SIGN_IN,
    exceptions.PartialCredentialsError: SIGN_IN,
    exceptions.CredentialRetrievalError: SIGN_IN,
    exceptions.SSOError: SIGN_IN,
    exceptions.ProfileNotFound: "aws configure list-profiles says which there are",
    exceptions.InvalidRegionError: "a region is written as eu-west-1",
    exceptions.ParamValidationError: "",
}
#: Codes by which AWS says that the request itself is wrong.
WRONG_USE = ("ValidationException", "ValidationError", "ResourceNotFound", "ResourceNotFoundException")


def is_missing(error: ClientError) -> bool:
    """Whether AWS says that there is no such thing; SageMaker says so in two ways, by the kind of the thing."""
    said = error.response["Error"]
    if said["Code"] in ("ResourceNotFound", "ResourceNotFoundException", "404", "NoSuchKey"):
        return True
    return said["Code"] == "ValidationException" and bool(_MISSING.search(said.get("Message", "")))


_MISSING = re.compile(r"(could )?not (be )?f(i|ou)nd|does not exist", re.IGNORECASE)


def exit_code(error: ClientError | BotoCoreError) -> int:
    """2 where the request or the setting is wrong, 1 where AWS failed."""
    if isinstance(error, ClientError):
        return 2 if error.response["Error"]["Code"] in WRONG_USE else 1
    return 2 if isinstance(error, tuple(UNASKED)) else 1


def message(error: ClientError | BotoCoreError) -> str:
    """What is wrong, and what to do."""
    if isinstance(error, ClientError):
        said = error.response["Error"]
        text, hint = said.get("Message", ""), CODES.get(said["Code"])
        # S3's answers to HEAD have no body: a bare "Forbidden" would not say of what.
        return f"{error.operation_name}: {said['Code']}: {text}; {hint}" if hint else text
    hint = next((hint for kind, hint in UNASKED.items() if isinstance(error, kind)), NETWORK)
    return f"{error}; {hint}" if hint else str(error)
