"""Model versions as people ask for them: metric and threshold, approval, and what a version was made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.executions import pages
from local_sagemaker.tools.service.s3 import read_json
from local_sagemaker.tools.targets import Target
from model_monitor import lifecycle

PENDING = "PendingManualApproval"


def versions(target: Target, group: str | None = None) -> Iterator[dict[str, Any]]:
    """The model packages of a group, or of every group, the newest version first, as ListModelPackages tells of them.

    Raises:
        UsageError: there is no such group.
    """
    names = [g["ModelPackageGroupName"] for g in pages(target.client, "list_model_package_groups")]
    if group is not None and group not in names:
        raise UsageError(f"there is no model package group {group!r}{did_you_mean(group, names)}")
    for name in names if group is None else [group]:
        yield from pages(target.client, "list_model_packages", ModelPackageGroupName=name, SortOrder="Descending")


def describe_version(target: Target, package: dict[str, Any]) -> dict[str, Any]:
    """What there is to say of one of ``versions``."""
    return model(target, target.client.describe_model_package(ModelPackageName=package["ModelPackageArn"]))


def find(target: Target, name: str, status: str | None = None) -> dict[str, Any]:
    """DescribeModelPackage of the version that a person means.

    Args:
        target: where.
        name: an ARN, ``GROUP/VERSION``, or a group for its newest version.
        status: with a group alone, the newest version of this approval status.

    Raises:
        UsageError: there is none.
    """
    if name.startswith("arn:"):
        return dict(target.client.describe_model_package(ModelPackageName=name))
    group, _, version = name.partition("/")
    found = list(versions(target, group))
    is_wanted = {"ModelPackageVersion": version} if version else {"ModelApprovalStatus": status} if status else {}
    wanted = [p for p in found if all(str(p[member]) == value for member, value in is_wanted.items())]
    if not wanted:
        there = ", ".join(f"{p['ModelPackageVersion']} ({p['ModelApprovalStatus']})" for p in found) or "none"
        what = f"version {version!r}" if version else f"version that is {status}" if status else "version"
        raise UsageError(f"model package group {group!r} has no {what}; its versions: {there}")
    newest = max(wanted, key=lambda p: int(p["ModelPackageVersion"]))
    return dict(target.client.describe_model_package(ModelPackageName=newest["ModelPackageArn"]))


def decide(target: Target, package: dict[str, Any], status: str, reason: str | None) -> dict[str, Any]:
    """UpdateModelPackage with an approval status; the package as it is then. The reason of an earlier one goes."""
    arn = package["ModelPackageArn"]
    target.client.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus=status, ApprovalDescription=reason or ""
    )
    return package | {"ModelApprovalStatus": status, "ApprovalDescription": reason or ""}


def model(target: Target, package: dict[str, Any]) -> dict[str, Any]:
    """What there is to say of a version; metric and lineage where it carries those facts (see model_package.py)."""
    carried = package.get("CustomerMetadataProperties", {})
    containers = package.get("InferenceSpecification", {}).get("Containers") or [{}]
    group = package["ModelPackageArn"].split("/")[1]
    return {
        "arn": package["ModelPackageArn"],
        "group": package.get("ModelPackageGroupName", group),
        "version": int(package["ModelPackageVersion"]),
        "created": package["CreationTime"].isoformat(),
        "approval_status": package.get("ModelApprovalStatus"),
        "approval_description": package.get("ApprovalDescription") or None,
        "model_data": containers[0].get("ModelDataUrl", ""),
        "lineage": {
            "data": carried.get("InputDataUrl"),
            "code": carried.get("CodeHash"),
            "execution": carried.get("PipelineExecutionArn"),
        },
        "baselines": {
            check: found._asdict()
            for check in lifecycle.FAMILIES
            if any(found := lifecycle.registered_baseline(check, package))
        },
    } | _measured(target, carried)


def baseline_files(target: Target) -> set[str]:
    """The URI of each baseline file that some version carries, be it from an execution long before."""
    arns = (package["ModelPackageArn"] for package in versions(target))
    packages = (target.client.describe_model_package(ModelPackageName=arn) for arn in arns)
    return {
        uri for p in packages for check in lifecycle.FAMILIES for uri in lifecycle.registered_baseline(check, p) if uri
    }


def _measured(target: Target, carried: dict[str, str]) -> dict[str, Any]:
    """The metric that the gate compared, what with, and what the naive baseline has."""
    evaluation = read_json(target, carried.get("EvaluationUri", ""))
    metric = carried.get("Metric", "")
    value, naive = _at(evaluation, metric), _at(evaluation, f"naive_baseline.{metric}")
    if not isinstance(value, float | int):
        return {}
    found = {"metric": metric, "value": value, "threshold": _number(carried.get("Threshold", ""))}
    return found | {"evaluation": evaluation} | ({"naive": naive} if naive is not None else {})


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
