"""Copies an approved model version, with all its files, from the training account to another account.

The training account is only read. In the target account the key of each file contains the hash of its content. The
version is created once, waits for approval until it is complete, and is then approved, so a look-up of the approved
version never returns an incomplete one. Run the same command again after an interruption, and it continues; otherwise
it changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from deploy.copies import CopyTarget, copy_all
from deploy.images import AccountIds, target_images
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import ProjectError, UsageError
from local_sagemaker.tools.service import registry
from local_sagemaker.tools.targets import Target
from pipelines import model_package

from botocore.exceptions import ClientError

APPROVED, PENDING, REJECTED = "Approved", registry.PENDING, "Rejected"
#: Folder of all versions' files, below a project's prefix.
FILES_FOLDER = "model-artifacts"
COMPLETED, FAILED = "Completed", "Failed"
#: How long a version may take until it is complete, and how often its status is polled, in seconds.
PATIENCE, PAUSE = 600.0, 2.0
#: Start of the description of a rejection by a release, not by a reviewer: a later release may lift it.
WITHDRAWN_PREFIX = "withdrawn: "
LONGEST_DESCRIPTION = 1024


class ReleaseError(ProjectError):
    """Raised when a version cannot be released; the message says what to do."""


class ReleasedVersion(NamedTuple):
    """Describes a version in the target account."""

    arn: str
    version: int
    origin: str


def release(
    training: Target,
    target: Target,
    group: str,
    place: CopyTarget,
    version: int | None = None,
    *,
    ids: AccountIds,
    is_pinned: bool = False,
    say: Callable[[str], None] = lambda message: None,
    patience: float = PATIENCE,
    pause: float = PAUSE,
) -> ReleasedVersion:
    """Copy a group's newest approved version, or the given one, to the group of the same name in the target account.

    Args:
        training, target: the accounts.
        group: the model package group.
        place: where in the target account the version's files go.
        version: number in the training account, to release another version than the newest approved one.
        is_pinned: look-ups get this version's number; otherwise it has to be the newest approved one in the target.
        ids: numbers of the accounts, for images in the training account's registry.
        say: called with a message about each step.
        patience, pause: seconds to wait for the version to be complete, and between two polls.

    Raises:
        UsageError: there is no such group or version, or no approved one.
        ReleaseError: the version failed or was not complete in time, or its copy was rejected in the target account.
        ImageError: an image is missing in the target account.
        CopyError: a file is missing, or its copy is different.
    """
    _withdraw_rejected(training, target, group, say)
    original = approved_version(training, group, version)
    origin = original["ModelPackageArn"]
    say(f"release {origin}")
    images = target_images(target, model_package.container_images(original), ids)
    uris = model_package.files(original)
    say(f"copy    {len(uris)} files to {place.uri(place.prefix)}")
    moved = copy_all(training.session.client("s3"), place, uris)
    _create_group(target, group)
    arn = _create(target, group, original, model_package.copy_request(original, moved, images))
    copied = _wait_until_complete(target, arn, patience, pause)
    _approve(target, copied, original)
    say(f"version {arn} is {APPROVED}")
    number = int(copied["ModelPackageVersion"])
    if not is_pinned:
        _withdraw_newer(target, group, number, origin, say)
    return ReleasedVersion(arn, number, origin)


def approved_version(training: Target, group: str, version: int | None = None) -> dict[str, Any]:
    """Return the DescribeModelPackage response of the version to release.

    Raises:
        UsageError: there is no such version, or it is not approved.
    """
    package = registry.find(training, f"{group}/{version}" if version else group, APPROVED)
    if package["ModelApprovalStatus"] != APPROVED:
        raise UsageError(
            f"version {version} of model package group {group!r} is {package['ModelApprovalStatus']}; only an approved "
            f"one is released: pipelines approve {group}/{version}"
        )
    return package


def _create(target: Target, group: str, original: dict[str, Any], request: dict[str, Any]) -> str:
    """Create the copy unless it exists; return its ARN."""
    origin = original["ModelPackageArn"]
    copied = next((package for package in _copies(target, group) if _origin(package) == origin), None)
    if copied is None:
        response = target.client.create_model_package(
            ModelPackageGroupName=group, ModelApprovalStatus=PENDING, **request
        )
        return str(response["ModelPackageArn"])
    why = copied.get("ApprovalDescription") or "no reason given"
    if copied["ModelApprovalStatus"] == REJECTED and not why.startswith(WITHDRAWN_PREFIX):
        raise ReleaseError(
            f"{copied['ModelPackageArn']} is a copy of {origin} and was rejected there ({why}). Approve it there, or "
            "release another version"
        )
    if _contents(copied) != _contents(request):
        raise ReleaseError(
            f"the files of {origin} changed after it was released as {copied['ModelPackageArn']}; register and "
            "approve a new version instead"
        )
    return str(copied["ModelPackageArn"])


def _create_group(target: Target, group: str) -> None:
    if not _has_group(target, group):
        description = "versions released from the training account"
        target.client.create_model_package_group(ModelPackageGroupName=group, ModelPackageGroupDescription=description)


def _has_group(target: Target, group: str) -> bool:
    try:
        target.client.describe_model_package_group(ModelPackageGroupName=group)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True


def _copies(target: Target, group: str) -> Iterator[dict[str, Any]]:
    """Yield DescribeModelPackage's response for each version in the target account, newest first; skip failed ones."""
    for version in registry.versions(target, group):
        if version.get("ModelPackageStatus", COMPLETED) != FAILED:
            yield dict(target.client.describe_model_package(ModelPackageName=version["ModelPackageArn"]))


def _origin(package: dict[str, Any]) -> str | None:
    return (package.get("CustomerMetadataProperties") or {}).get(model_package.ORIGIN_PROPERTY)


def _withdraw_rejected(training: Target, target: Target, group: str, say: Callable[[str], None]) -> None:
    """Reject copies whose originals have been rejected in the meantime, before anything else can fail."""
    listed = registry.versions(training, group)
    rejected = {version["ModelPackageArn"] for version in listed if version.get("ModelApprovalStatus") == REJECTED}
    for copied in _copies(target, group) if rejected and _has_group(target, group) else ():
        if _origin(copied) in rejected:
            _withdraw(target, copied, f"{_origin(copied)} was rejected", say)


def _withdraw_newer(target: Target, group: str, version: int, origin: str, say: Callable[[str], None]) -> None:
    """Reject the copies that were created after this version, so that it is the newest approved one for look-ups."""
    for newer in registry.versions(target, group):
        if int(newer["ModelPackageVersion"]) > version:
            _withdraw(target, newer, f"{origin} was released after it", say)


def _withdraw(target: Target, copied: dict[str, Any], why: str, say: Callable[[str], None]) -> None:
    if copied["ModelApprovalStatus"] == APPROVED:
        registry.decide(target, copied, REJECTED, f"{WITHDRAWN_PREFIX}{why}"[:LONGEST_DESCRIPTION])
        say(f"reject  {copied['ModelPackageArn']}: {why}")


def _contents(package: dict[str, Any]) -> list[str]:
    """Return hash and name of each file, without its location."""
    return sorted(uri.rpartition(f"/{FILES_FOLDER}/")[2] for uri in model_package.files(package))


def _wait_until_complete(target: Target, arn: str, patience: float, pause: float) -> dict[str, Any]:
    """Return the version once it is complete; delete a failed one, so that no incomplete version remains."""
    until = time.monotonic() + patience
    while True:
        package = dict(target.client.describe_model_package(ModelPackageName=arn))
        status = package.get("ModelPackageStatus", COMPLETED)
        if status == COMPLETED:
            return package
        if status == FAILED:
            target.client.delete_model_package(ModelPackageName=arn)
            raise ReleaseError(f"{arn} failed and was deleted: {_reasons(package)}")
        if time.monotonic() > until:
            raise ReleaseError(
                f"{arn} is {status} after {patience:.0f} s; it is not approved. Run the same command again to continue"
            )
        time.sleep(pause)


def _reasons(package: dict[str, Any]) -> str:
    details = package.get("ModelPackageStatusDetails") or {}
    checks = [check for member in ("ValidationStatuses", "ImageScanStatuses") for check in details.get(member) or ()]
    failed = [check for check in checks if check["Status"] == FAILED]
    reasons = [f"{check['Name']}: {check.get('FailureReason', FAILED)}" for check in failed]
    return "; ".join(reasons) or "SageMaker gave no reason"


def _approve(target: Target, copied: dict[str, Any], original: dict[str, Any]) -> None:
    """Approve the copy, unless it is approved, with the reason of the original's approval."""
    if copied["ModelApprovalStatus"] != APPROVED:
        why = original.get("ApprovalDescription")
        reason = f"released from {original['ModelPackageArn']}" + (f": {why}" if why else "")
        registry.decide(target, copied, APPROVED, reason[:LONGEST_DESCRIPTION])
