"""Bring an approved model version from the training account into another one, with everything that belongs to it.

The training account is only read. In the target account each file lies under a key with its content's hash; the
version is created once, waits for approval until it is complete, and is approved then: whoever looks up the approved
version never meets one that is half there. The same command again goes on where it was interrupted, and changes nothing
where it was not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from deploy.copies import CopyTarget, copy_all
from deploy.images import AccountIds, images_in
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import ProjectError, UsageError
from local_sagemaker.tools.service import registry
from local_sagemaker.tools.targets import Target
from pipelines import model_package

from botocore.exceptions import ClientError

APPROVED, PENDING, REJECTED = "Approved", registry.PENDING, "Rejected"
#: What the files of all versions lie in, below a project's prefix.
FOLDER = "model-artifacts"
COMPLETED, FAILED = "Completed", "Failed"
#: How long a version may take until it is complete, and how often it is looked at, in seconds.
PATIENCE, PAUSE = 600.0, 2.0
#: How a rejection begins that is a release's own doing, and no person's: a later release may lift it.
WITHDRAWN = "withdrawn: "
LONGEST_DESCRIPTION = 1024


class ReleaseError(ProjectError):
    """Raised when a version cannot be released; the message says what to do."""


class ReleasedVersion(NamedTuple):
    """A version in the target account."""

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
    say: Callable[[str], None] = lambda words: None,
    patience: float = PATIENCE,
    pause: float = PAUSE,
) -> ReleasedVersion:
    """Copy the newest approved version of a group, or one of its others, into the target account's group of that name.

    Args:
        training, target: the accounts.
        group: the model package group.
        place: where in the target account its files go.
        version: in the training account, for those who must have another than the newest approved one.
        is_pinned: the version is told to who looks one up; else it has to be the newest that is approved there.
        ids: of the accounts, for images that lie in the training account's registry.
        say: told what is being done.
        patience, pause: seconds to wait for the version to be complete, and between two looks.

    Raises:
        UsageError: there is no such group or version, or none that is approved.
        ReleaseError: the version failed or was not complete in time, or its copy was rejected in the target account.
        ImageError: an image is not there.
        CopyError: a file is not there, or did not arrive.
    """
    _withdraw_rejected(training, target, group, say)
    original = approved_version(training, group, version)
    origin = original["ModelPackageArn"]
    say(f"release {origin}")
    images = images_in(target, model_package.container_images(original), ids)
    uris = model_package.files(original)
    say(f"copy    {len(uris)} files to {place.uri(place.prefix)}")
    moved = copy_all(training.session.client("s3"), place, uris)
    _make_group(target, group)
    arn = _created(target, group, original, model_package.copy_of(original, moved, images))
    copied = _complete(target, arn, patience, pause)
    _approve(target, copied, original)
    say(f"version {arn} is {APPROVED}")
    number = int(copied["ModelPackageVersion"])
    if not is_pinned:
        _withdraw_newer(target, group, number, origin, say)
    return ReleasedVersion(arn, number, origin)


def approved_version(training: Target, group: str, version: int | None = None) -> dict[str, Any]:
    """DescribeModelPackage of the version to release.

    Raises:
        UsageError: there is none, or it is not approved.
    """
    found = registry.find(training, f"{group}/{version}" if version else group, APPROVED)
    if found["ModelApprovalStatus"] != APPROVED:
        raise UsageError(
            f"version {version} of model package group {group!r} is {found['ModelApprovalStatus']}; only an approved "
            f"one is released: pipelines approve {group}/{version}"
        )
    return found


def _created(target: Target, group: str, original: dict[str, Any], request: dict[str, Any]) -> str:
    """ARN of the copy, made where there is none yet."""
    origin = original["ModelPackageArn"]
    copied = next((one for one in _copies(target, group) if _origin(one) == origin), None)
    if copied is None:
        made = target.client.create_model_package(ModelPackageGroupName=group, ModelApprovalStatus=PENDING, **request)
        return str(made["ModelPackageArn"])
    why = copied.get("ApprovalDescription") or "no reason was given"
    if copied["ModelApprovalStatus"] == REJECTED and not why.startswith(WITHDRAWN):
        raise ReleaseError(
            f"{copied['ModelPackageArn']} is a copy of {origin}, and was rejected there ({why}). Approve it there, or "
            "release another version"
        )
    if _contents(copied) != _contents(request):
        raise ReleaseError(
            f"files of {origin} have changed since it was released as {copied['ModelPackageArn']}; register and "
            "approve a new version instead"
        )
    return str(copied["ModelPackageArn"])


def _make_group(target: Target, group: str) -> None:
    if not _has_group(target, group):
        words = "versions released from the training account"
        target.client.create_model_package_group(ModelPackageGroupName=group, ModelPackageGroupDescription=words)


def _has_group(target: Target, group: str) -> bool:
    try:
        target.client.describe_model_package_group(ModelPackageGroupName=group)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True


def _copies(target: Target, group: str) -> Iterator[dict[str, Any]]:
    """DescribeModelPackage of each version in the target account, the newest first; one that failed is none."""
    for found in registry.versions(target, group):
        if found.get("ModelPackageStatus", COMPLETED) != FAILED:
            yield dict(target.client.describe_model_package(ModelPackageName=found["ModelPackageArn"]))


def _origin(package: dict[str, Any]) -> str | None:
    return (package.get("CustomerMetadataProperties") or {}).get(model_package.ORIGIN)


def _withdraw_rejected(training: Target, target: Target, group: str, say: Callable[[str], None]) -> None:
    """Reject the copies whose originals were rejected since, before anything else can go wrong."""
    listed = registry.versions(training, group)
    rejected = {one["ModelPackageArn"] for one in listed if one.get("ModelApprovalStatus") == REJECTED}
    for copied in _copies(target, group) if rejected and _has_group(target, group) else ():
        if _origin(copied) in rejected:
            _withdraw(target, copied, f"{_origin(copied)} was rejected", say)


def _withdraw_newer(target: Target, group: str, version: int, origin: str, say: Callable[[str], None]) -> None:
    """Whoever looks up the newest approved version has to find this one: copies that were made after it, of versions
    that are not to score now, are rejected.
    """
    for found in registry.versions(target, group):
        if int(found["ModelPackageVersion"]) > version:
            _withdraw(target, found, f"{origin} was released after it", say)


def _withdraw(target: Target, copied: dict[str, Any], why: str, say: Callable[[str], None]) -> None:
    if copied["ModelApprovalStatus"] == APPROVED:
        registry.decide(target, copied, REJECTED, f"{WITHDRAWN}{why}"[:LONGEST_DESCRIPTION])
        say(f"reject  {copied['ModelPackageArn']}: {why}")


def _contents(package: dict[str, Any]) -> list[str]:
    """Hash and name of each file, wherever it lies."""
    return sorted(uri.rpartition(f"/{FOLDER}/")[2] for uri in model_package.files(package))


def _complete(target: Target, arn: str, patience: float, pause: float) -> dict[str, Any]:
    """The version once it is complete; one that failed goes, so that nothing half-made is left."""
    until = time.monotonic() + patience
    while True:
        package = dict(target.client.describe_model_package(ModelPackageName=arn))
        status = package.get("ModelPackageStatus", COMPLETED)
        if status == COMPLETED:
            return package
        if status == FAILED:
            target.client.delete_model_package(ModelPackageName=arn)
            raise ReleaseError(f"{arn} failed, and was deleted: {_reasons(package)}")
        if time.monotonic() > until:
            raise ReleaseError(
                f"{arn} is {status} after {patience:.0f} s; it is not approved. Run the same command again: it goes on"
            )
        time.sleep(pause)


def _reasons(package: dict[str, Any]) -> str:
    details = package.get("ModelPackageStatusDetails") or {}
    found = [one for kind in ("ValidationStatuses", "ImageScanStatuses") for one in details.get(kind) or ()]
    said = [f"{one['Name']}: {one.get('FailureReason', one['Status'])}" for one in found if one["Status"] == FAILED]
    return "; ".join(said) or "SageMaker gave no reason"


def _approve(target: Target, copied: dict[str, Any], original: dict[str, Any]) -> None:
    """Approve the copy, unless it is, with the reason for which the original was."""
    if copied["ModelApprovalStatus"] != APPROVED:
        why = original.get("ApprovalDescription")
        words = f"released from {original['ModelPackageArn']}" + (f": {why}" if why else "")
        registry.decide(target, copied, APPROVED, words[:LONGEST_DESCRIPTION])
