"""Turns an AWS error, or a failure to reach AWS, into one line that says what to do next."""

from __future__ import annotations

import re

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

SIGN_IN = "sign in (aws sso login, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or run on this machine with --local"
PERMISSION = "the caller needs that permission; docs/permissions.md lists the permissions of each command"
PATIENCE = "boto3 has retried several times; wait, or set AWS_RETRY_MODE=adaptive and AWS_MAX_ATTEMPTS=10"
NETWORK = "check the network and the region; --local needs neither"

#: Code of a ClientError -> what to do. https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
HINTS = {
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
        f"the credentials have expired or are invalid; {SIGN_IN}",
    ),
    **dict.fromkeys(
        ("RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"), PATIENCE
    ),
    "NoSuchBucket": 'create the bucket (aws s3 mb s3://...), or name another: --kwargs \'{"default_bucket": "..."}\'',
    "ResourceLimitExceeded": "request a higher quota (Service Quotas, Amazon SageMaker), or run fewer jobs at once",
}
#: Type of a BotoCoreError -> what to do. These are usage errors, as no request has been sent to AWS yet.
USAGE_HINTS = {
    exceptions.NoCredentialsError: SIGN_IN,
    exceptions.PartialCredentialsError: SIGN_IN,
    exceptions.CredentialRetrievalError: SIGN_IN,
    exceptions.SSOError: SIGN_IN,
    exceptions.ProfileNotFound: "aws configure list-profiles lists the profiles",
    exceptions.InvalidRegionError: "write a region as in eu-west-1",
    exceptions.ParamValidationError: "",
}
#: Codes with which AWS reports that the request itself is wrong.
USAGE_CODES = ("ValidationException", "ValidationError", "ResourceNotFound", "ResourceNotFoundException")


def is_missing(error: ClientError) -> bool:
    """Return whether the AWS error means that the resource does not exist.

    SageMaker reports that in two ways, depending on the type of the resource.
    """
    error_record = error.response["Error"]
    if error_record["Code"] in ("ResourceNotFound", "ResourceNotFoundException", "404", "NoSuchKey"):
        return True
    return error_record["Code"] == "ValidationException" and bool(_MISSING.search(error_record.get("Message", "")))


_MISSING = re.compile(r"(could )?not (be )?f(i|ou)nd|does not exist", re.IGNORECASE)


def exit_code(error: ClientError | BotoCoreError) -> int:
    """Return 2 if the request or a setting is wrong, 1 if AWS failed."""
    if isinstance(error, ClientError):
        return 2 if error.response["Error"]["Code"] in USAGE_CODES else 1
    return 2 if isinstance(error, tuple(USAGE_HINTS)) else 1


def message(error: ClientError | BotoCoreError) -> str:
    """Return one line that says what is wrong and what to do."""
    if isinstance(error, ClientError):
        error_record = error.response["Error"]
        text, hint = error_record.get("Message", ""), HINTS.get(error_record["Code"])
        # S3's responses to HEAD have no body, so that the message is a bare "Forbidden": name the operation.
        return f"{error.operation_name}: {error_record['Code']}: {text}; {hint}" if hint else text
    hint = next((hint for error_type, hint in USAGE_HINTS.items() if isinstance(error, error_type)), NETWORK)
    return f"{error}; {hint}" if hint else str(error)
