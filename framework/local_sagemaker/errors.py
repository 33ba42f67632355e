"""What can go wrong on this machine.

LocalSageMakerError        exit 1
├── RootError              exit 2   the folder where everything lives cannot be used
├── ConfigError            exit 2   local.toml says something that cannot be
├── JobError               exit 1   a job failed; the message is its FailureReason
└── ServiceError           exit 1   an operation refuses a request, with the code that AWS gives
    ├── ValidationError    exit 2   ValidationException: the request itself is wrong
    ├── NotFoundError      exit 2   ResourceNotFound
    └── ConflictError      exit 1   ConflictException
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class LocalSageMakerError(Exception):
    """The root of this package's errors."""

    exit_code = 1


class RootError(LocalSageMakerError):
    """Raised when the root folder cannot be opened."""

    exit_code = 2


class ConfigError(LocalSageMakerError):
    """Raised when local.toml cannot be read."""

    exit_code = 2


class JobError(LocalSageMakerError):
    """Raised when a job fails; the message becomes its FailureReason. ``members`` are what Describe gains beside it."""

    def __init__(self, message: str, members: Mapping[str, Any] = MappingProxyType({})):
        super().__init__(message)
        self.members = members


class ServiceError(LocalSageMakerError):
    """Raised by an operation; the session turns it into botocore's ClientError."""

    code = "InternalFailure"
    status = 400

    def __init__(self, message: str, code: str = "", status: int = 0):
        super().__init__(message)
        self.code = code or self.code
        self.status = status or self.status


class ValidationError(ServiceError):
    """Raised when a request is wrong in itself."""

    code = "ValidationException"
    exit_code = 2


class NotFoundError(ServiceError):
    """Raised when a request names something that is not there."""

    code = "ResourceNotFound"
    exit_code = 2


class ConflictError(ServiceError):
    """Raised when a request does not fit the present state."""

    code = "ConflictException"
