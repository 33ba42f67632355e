"""Model registry operations: groups, versions, approval."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ConflictError, NotFoundError, ValidationError
from local_sagemaker.operations.listing import page
from local_sagemaker.pipeline_events import version_event
from local_sagemaker.store import Exists

SERVICE = "sagemaker"
_GROUP = "model-package-group"  # the kind of its records


def create_model_package_group(
    account: Account,
    *,
    ModelPackageGroupName: str,
    ModelPackageGroupDescription: str = "",
    Tags: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Create a model package group (CreateModelPackageGroup)."""
    arn = account.arn(f"model-package-group/{ModelPackageGroupName}")
    document = {
        "ModelPackageGroupName": ModelPackageGroupName,
        "ModelPackageGroupArn": arn,
        "ModelPackageGroupDescription": ModelPackageGroupDescription,
        "CreationTime": account.now(),
        "CreatedBy": {},
        "ModelPackageGroupStatus": "Completed",
        "Tags": Tags or [],
    }
    try:
        account.store.insert(_GROUP, ModelPackageGroupName, document)
    except Exists:
        raise ValidationError(f"Model Package Group already exists: {arn}") from None
    return {"ModelPackageGroupArn": arn}


def describe_model_package_group(account: Account, *, ModelPackageGroupName: str) -> dict[str, Any]:
    """Return a group by name or ARN (DescribeModelPackageGroup)."""
    return _group(account, ModelPackageGroupName)


def list_model_package_groups(
    account: Account, *, NameContains: str = "", SortBy: str = "CreationTime", **pages: Any
) -> dict[str, Any]:
    """List the groups (ListModelPackageGroups)."""
    groups = [g for g in account.store.list(_GROUP) if NameContains in g["ModelPackageGroupName"]]
    sort = {"Name": "ModelPackageGroupName"}.get(SortBy, "CreationTime")
    return page("ModelPackageGroupSummaryList", groups, sort_key=lambda g: g[sort], **pages)


def delete_model_package_group(account: Account, *, ModelPackageGroupName: str) -> dict[str, Any]:
    """Delete a group; only an empty one, as on AWS (DeleteModelPackageGroup)."""
    group = _group(account, ModelPackageGroupName)["ModelPackageGroupName"]
    with account.store.transaction() as records:
        if records.list("model-package", (_GROUP, group)):
            raise ConflictError(f"model package group {group!r} still has versions; delete them first")
        records.delete(_GROUP, group)
    return {}


def create_model_package(
    account: Account,
    *,
    ModelPackageGroupName: str | None = None,
    ModelPackageName: str | None = None,
    ModelApprovalStatus: str = "PendingManualApproval",
    ClientToken: str | None = None,
    **optional: Any,
) -> dict[str, Any]:
    """Create the group's next version (CreateModelPackage). A ClientToken that was used before returns the version
    created then.
    """
    if not ModelPackageGroupName or ModelPackageName:
        raise ValidationError(
            "on this machine a model package is a version; give ModelPackageGroupName, not ModelPackageName"
        )
    group = _group(account, ModelPackageGroupName)["ModelPackageGroupName"]
    with account.store.transaction() as records:
        packages = records.list("model-package", (_GROUP, group))
        for package in packages:
            if ClientToken and package.get("ClientToken") == ClientToken:
                return {"ModelPackageArn": package["ModelPackageArn"]}
        versions = [p["ModelPackageVersion"] for p in packages]
        version = max([*versions, (records.get(_GROUP, group) or {}).get("LastVersion", 0)]) + 1
        arn = account.arn(f"model-package/{group}/{version}")
        document = optional | {
            "ModelPackageName": group,
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelPackageArn": arn,
            "CreationTime": account.now(),
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "ModelApprovalStatus": ModelApprovalStatus,
            "ClientToken": ClientToken,
        }
        records.insert("model-package", arn, document, parent=(_GROUP, group))
        records.update(_GROUP, group, {"LastVersion": version})
    version_event(account, document)
    return {"ModelPackageArn": arn}


def describe_model_package(account: Account, *, ModelPackageName: str) -> dict[str, Any]:
    """Return a version by its ARN (DescribeModelPackage)."""
    return _package(account, ModelPackageName)


def list_model_packages(
    account: Account,
    *,
    ModelPackageGroupName: str | None = None,
    ModelApprovalStatus: str | None = None,
    ModelPackageType: str | None = None,
    SortBy: str = "CreationTime",
    CreationTimeAfter: Any = None,
    CreationTimeBefore: Any = None,
    **pages: Any,
) -> dict[str, Any]:
    """List the versions, newest first by default (ListModelPackages)."""
    group = (_GROUP, _group(account, ModelPackageGroupName)["ModelPackageGroupName"]) if ModelPackageGroupName else None
    packages = [
        package
        for package in account.store.list("model-package", group)
        if ModelApprovalStatus in (None, package["ModelApprovalStatus"])
    ]
    return page(
        "ModelPackageSummaryList",
        packages,
        sort_key=lambda p: (p["CreationTime"], p["ModelPackageVersion"]),
        CreatedAfter=CreationTimeAfter,
        CreatedBefore=CreationTimeBefore,
        **pages,
    )


def update_model_package(account: Account, *, ModelPackageArn: str, **changes: Any) -> dict[str, Any]:
    """Update a version's approval, description and metadata; merge metadata, as AWS does (UpdateModelPackage)."""
    package, updated = _package(account, ModelPackageArn), sorted(changes)
    properties = package.get("CustomerMetadataProperties", {}) | changes.pop("CustomerMetadataProperties", {})
    for name in changes.pop("CustomerMetadataPropertiesToRemove", ()):
        properties.pop(name, None)
    changes |= {"CustomerMetadataProperties": properties, "LastModifiedTime": account.now()}
    version_event(account, account.store.update("model-package", package["ModelPackageArn"], changes), updated)
    return {"ModelPackageArn": package["ModelPackageArn"]}


def delete_model_package(account: Account, *, ModelPackageName: str) -> dict[str, Any]:
    """Delete a version by its ARN; its version number is not used again (DeleteModelPackage)."""
    arn = _package(account, ModelPackageName)["ModelPackageArn"]
    with account.store.transaction() as records:
        records.delete("model-package", arn)
    return {}


def _group(account: Account, name_or_arn: str) -> dict[str, Any]:
    document = account.store.get(_GROUP, name_or_arn.rsplit("/", 1)[-1])
    if document is None:
        raise ValidationError(f"ModelPackageGroup {name_or_arn} does not exist.")
    return document


def _package(account: Account, arn: str) -> dict[str, Any]:
    document = account.store.get("model-package", arn)
    if document is None:
        raise NotFoundError(f"ModelPackage {arn} does not exist.")
    return document
