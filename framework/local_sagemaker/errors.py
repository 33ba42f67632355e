"""Defines the errors of this package and their exit codes.

LocalSageMakerError        exit 1
├── RootError              exit 2   the root folder cannot be used
├── ConfigError            exit 2   local.toml has an invalid setting
├── JobError               exit 1   a job failed; the message is its FailureReason
└── ServiceError           exit 1   an operation rejects a request, with AWS's error code
    ├── ValidationError    exit 2   ValidationException: the request itself is invalid
    ├── NotFoundError      exit 2   ResourceNotFound
    └── ConflictError      exit 1   ConflictException
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class LocalSageMakerError(Exception):
    """The base class that all errors of this package have; ``exit_code`` is that of a command that raises it."""

    exit_code = 1


class RootError(LocalSageMakerError):
    """Raised when the root folder cannot be opened."""

    exit_code = 2


class ConfigError(LocalSageMakerError):
    """Raised when local.toml cannot be read."""

    exit_code = 2


class JobError(LocalSageMakerError):
    """Raised when a job fails; the message becomes its FailureReason.

    ``members`` are further members of the job's Describe response.
    """

    def __init__(self, message: str, members: Mapping[str, Any] = MappingProxyType({})):
        super().__init__(message)
        self.members = members


class ServiceError(LocalSageMakerError):
    """Raised by an operation that fails; the session turns it into botocore's ClientError."""

    code = "InternalFailure"
    status = 400

    def __init__(self, message: str, code: str = "", status: int = 0):
        super().__init__(message)
        self.code = code or self.code
        self.status = status or self.status


class ValidationError(ServiceError):
    """Raised when a request is invalid, whatever the account holds."""

    code = "ValidationException"
    exit_code = 2


class NotFoundError(ServiceError):
    """Raised when a request names a resource that does not exist."""

    code = "ResourceNotFound"
    exit_code = 2


class ConflictError(ServiceError):
    """Raised when a request conflicts with a resource's present status."""

    code = "ConflictException"


class NoEffectWarning(UserWarning):
    """Warns Python code that calls boto3 that a member of its request has no effect on this machine."""
