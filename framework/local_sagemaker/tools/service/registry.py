"""Finds and describes model versions: metric and threshold, approval, and the data and code of a version."""

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
    """Yield the records of ListModelPackages for a group, or for every group, newest version first.

    Raises:
        UsageError: there is no such group.
    """
    names = [g["ModelPackageGroupName"] for g in pages(target.client, "list_model_package_groups")]
    if group is not None and group not in names:
        raise UsageError(f"there is no model package group {group!r}{did_you_mean(group, names)}")
    for name in names if group is None else [group]:
        yield from pages(target.client, "list_model_packages", ModelPackageGroupName=name, SortOrder="Descending")


def describe_version(target: Target, package: dict[str, Any]) -> dict[str, Any]:
    """Return the facts about one of ``versions``, as ``model`` does."""
    return model(target, target.client.describe_model_package(ModelPackageName=package["ModelPackageArn"]))


def find(target: Target, name: str, status: str | None = None) -> dict[str, Any]:
    """Return DescribeModelPackage's response for the version that the user names.

    Args:
        target: the account of the registry.
        name: an ARN, ``GROUP/VERSION``, or a group for its newest version.
        status: for a group alone, its newest version with this approval status.

    Raises:
        UsageError: there is no such version.
    """
    if name.startswith("arn:"):
        return dict(target.client.describe_model_package(ModelPackageName=name))
    group, _, version = name.partition("/")
    packages = list(versions(target, group))
    criteria = {"ModelPackageVersion": version} if version else {"ModelApprovalStatus": status} if status else {}
    matches = [p for p in packages if all(str(p[member]) == value for member, value in criteria.items())]
    if not matches:
        existing = ", ".join(f"{p['ModelPackageVersion']} ({p['ModelApprovalStatus']})" for p in packages) or "none"
        missing = f"version {version!r}" if version else f"version that is {status}" if status else "version"
        raise UsageError(f"model package group {group!r} has no {missing}; its versions: {existing}")
    newest = max(matches, key=lambda p: int(p["ModelPackageVersion"]))
    return dict(target.client.describe_model_package(ModelPackageName=newest["ModelPackageArn"]))


def decide(target: Target, package: dict[str, Any], status: str, reason: str | None) -> dict[str, Any]:
    """Set the approval status; return the updated model package. The reason of an earlier status is overwritten."""
    arn = package["ModelPackageArn"]
    target.client.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus=status, ApprovalDescription=reason or ""
    )
    return package | {"ModelApprovalStatus": status, "ApprovalDescription": reason or ""}


def model(target: Target, package: dict[str, Any]) -> dict[str, Any]:
    """Return the facts about a version; metric and lineage only if its metadata have them (see model_package.py)."""
    properties = package.get("CustomerMetadataProperties", {})
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
            "data": properties.get("InputDataUrl"),
            "code": properties.get("CodeHash"),
            "execution": properties.get("PipelineExecutionArn"),
        },
        "baselines": {
            check: baseline._asdict()
            for check in lifecycle.MEMBERS_BY_CHECK_TYPE
            if any(baseline := lifecycle.registered_baseline(check, package))
        },
    } | _metric_facts(target, properties)


def baseline_files(target: Target) -> set[str]:
    """Return the URIs of the baseline files of all versions, which may be from much earlier executions."""
    arns = (package["ModelPackageArn"] for package in versions(target))
    packages = (target.client.describe_model_package(ModelPackageName=arn) for arn in arns)
    return {
        uri
        for p in packages
        for check in lifecycle.MEMBERS_BY_CHECK_TYPE
        for uri in lifecycle.registered_baseline(check, p)
        if uri
    }


def _metric_facts(target: Target, properties: dict[str, str]) -> dict[str, Any]:
    """Return the metric that the gate compared, its value and threshold, and the value of the naive baseline."""
    evaluation = read_json(target, properties.get("EvaluationUri", ""))
    metric = properties.get("Metric", "")
    value, naive = _at(evaluation, metric), _at(evaluation, f"naive_baseline.{metric}")
    if not isinstance(value, float | int):
        return {}
    facts = {"metric": metric, "value": value, "threshold": _number(properties.get("Threshold", ""))}
    return facts | {"evaluation": evaluation} | ({"naive": naive} if naive is not None else {})


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
