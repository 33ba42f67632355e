"""Model registry operations: groups, versions, approval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.arns import own_name
from local_sagemaker.definition.members.model_package import CREATE_MODEL_PACKAGE, FACT, INFERENCE_SPECIFICATION
from local_sagemaker.definition.members.shared import TAGS
from local_sagemaker.definition.members.table import Table
from local_sagemaker.errors import ConflictError, NotFoundError, ValidationError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import CREATION_TIMES, PAGES, listing
from local_sagemaker.pipeline_events import version_event
from local_sagemaker.store import Exists

SERVICE = "sagemaker"
_GROUP = "model-package-group"  # the kind of its records


@takes(
    Table(
        recorded={"ModelPackageGroupDescription": FACT, "Tags": TAGS},
        refused={"ManagedConfiguration": "groups are not stored in managed storage here"},
    )
)
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


@takes(
    Table(
        f"NameContains {CREATION_TIMES} {PAGES}",
        refused={"CrossAccountFilterOption": "only the groups of this account are known; leave it out"},
    )
)
def list_model_package_groups(account: Account, **query: Any) -> dict[str, Any]:
    """List the groups (ListModelPackageGroups)."""
    return listing("ModelPackageGroupSummaryList", account.store.list(_GROUP), query, name="ModelPackageGroupName")


def delete_model_package_group(account: Account, *, ModelPackageGroupName: str) -> dict[str, Any]:
    """Delete a group; only an empty one, as on AWS (DeleteModelPackageGroup)."""
    group = _group(account, ModelPackageGroupName)["ModelPackageGroupName"]
    with account.store.transaction() as records:
        if records.list("model-package", (_GROUP, group)):
            raise ConflictError(f"model package group {group!r} still has versions; delete them first")
        records.delete(_GROUP, group)
    return {}


@takes(CREATE_MODEL_PACKAGE)
def create_model_package(
    account: Account,
    *,
    ModelPackageGroupName: str | None = None,
    ModelApprovalStatus: str = "PendingManualApproval",
    ClientToken: str | None = None,
    **optional: Any,
) -> dict[str, Any]:
    """Create the group's next version (CreateModelPackage). A ClientToken that was used before returns the version
    created then.
    """
    if not ModelPackageGroupName:
        raise ValidationError("a model package is a version of a group here; give ModelPackageGroupName")
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


@takes(Table(recorded={"IncludedData": "a version is returned whole"}))
def describe_model_package(account: Account, *, ModelPackageName: str) -> dict[str, Any]:
    """Return a version by its ARN (DescribeModelPackage)."""
    return _package(account, ModelPackageName)


@takes(Table(f"NameContains {CREATION_TIMES} {PAGES}"))
def list_model_packages(
    account: Account,
    *,
    ModelPackageGroupName: str | None = None,
    ModelApprovalStatus: str | None = None,
    ModelPackageType: str | None = None,
    **query: Any,
) -> dict[str, Any]:
    """List the versions, newest first by default (ListModelPackages). All packages of this machine are versions."""
    group = (_GROUP, _group(account, ModelPackageGroupName)["ModelPackageGroupName"]) if ModelPackageGroupName else None
    packages = [
        package
        for package in account.store.list("model-package", group)
        if ModelApprovalStatus in (None, package["ModelApprovalStatus"]) and ModelPackageType != "Unversioned"
    ]
    return listing("ModelPackageSummaryList", packages, query, name="ModelPackageName")


@takes(
    INFERENCE_SPECIFICATION
    | Table(
        "ModelApprovalStatus CustomerMetadataProperties",
        recorded={
            "ApprovalDescription": FACT,
            "ModelPackageRegistrationType": FACT,
            "SourceUri": FACT,
            "ModelCard": FACT,
            "ModelLifeCycle": FACT,
            "AdditionalInferenceSpecificationsToAdd": "a model of the version uses its InferenceSpecification",
            "ClientToken": "an update that is repeated changes nothing",
        },
    )
)
def update_model_package(
    account: Account,
    *,
    ModelPackageArn: str,
    CustomerMetadataPropertiesToRemove: Sequence[str] = (),
    AdditionalInferenceSpecificationsToAdd: Sequence[dict[str, Any]] = (),
    **changes: Any,
) -> dict[str, Any]:
    """Update a version (UpdateModelPackage); merge its metadata and add to its specifications, as AWS does.

    Raises:
        ValidationError: two inference specifications have the same name.
    """
    package, updated = _package(account, ModelPackageArn), sorted(changes)
    properties = package.get("CustomerMetadataProperties", {}) | changes.pop("CustomerMetadataProperties", {})
    for name in CustomerMetadataPropertiesToRemove:
        properties.pop(name, None)
    changes |= {"CustomerMetadataProperties": properties, "LastModifiedTime": account.now()}
    specifications = [*package.get("AdditionalInferenceSpecifications", ()), *AdditionalInferenceSpecificationsToAdd]
    if len({specification["Name"] for specification in specifications}) < len(specifications):
        raise ValidationError("the names of AdditionalInferenceSpecifications must be unique within a version")
    changes |= {"AdditionalInferenceSpecifications": specifications} if specifications else {}
    changes.pop("ClientToken", None)
    version_event(account, account.store.update("model-package", package["ModelPackageArn"], changes), updated)
    return {"ModelPackageArn": package["ModelPackageArn"]}


def delete_model_package(account: Account, *, ModelPackageName: str) -> dict[str, Any]:
    """Delete a version by its ARN; its version number is not used again (DeleteModelPackage)."""
    arn = _package(account, ModelPackageName)["ModelPackageArn"]
    with account.store.transaction() as records:
        records.delete("model-package", arn)
    return {}


def _group(account: Account, name_or_arn: str) -> dict[str, Any]:
    document = account.store.get(_GROUP, own_name(account, name_or_arn, "model-package-group"))
    if document is None:
        raise ValidationError(f"ModelPackageGroup {name_or_arn} does not exist.")
    return document


def _package(account: Account, arn: str) -> dict[str, Any]:
    document = account.store.get("model-package", arn)
    if document is None:
        raise NotFoundError(f"ModelPackage {arn} does not exist.")
    return document
