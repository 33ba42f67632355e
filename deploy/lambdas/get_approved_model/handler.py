"""Lambda function that returns the approved model of a model package group, with everything that scoring needs.

Event:
    model_package_group_name      name or ARN of the group
    model_package_version         a version to pin; default: the environment variable MODEL_PACKAGE_VERSION, with which
                                  a deployment pins one for all callers, or else the newest approved version
    or_else                       what to return, with ModelPackageVersion 0, if no version is approved yet

It returns ModelPackageArn, ModelPackageVersion, ModelDataUrl, ProblemType, FeaturizerUri, TestDataUri if the version
has it, and the URIs of its baselines: DataQualityStatistics, DataQualityConstraints, ModelQualityStatistics,
ModelQualityConstraints.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from model_monitor import lifecycle
from pipelines import model_package

import boto3
from botocore.exceptions import ClientError

APPROVED = "Approved"
#: Prefix of an output -> CheckType of its baseline.
BASELINES = {"DataQuality": "DATA_QUALITY", "ModelQuality": "MODEL_QUALITY"}
LISTED_VERSIONS = 10  # at most, in an error's message


class NoApprovedModel(Exception):
    """Raised if there is no model to score with; the message says what to do."""


class IncompleteModel(Exception):
    """Raised if an approved version lacks something that scoring needs."""


def lambda_handler(event: dict[str, Any], context: Any, client: Any = None) -> dict[str, Any]:
    """Look up the model; return flat outputs, as a Lambda step requires."""
    client = client or boto3.client("sagemaker")
    group = event.get("model_package_group_name")
    version = event.get("model_package_version", os.environ.get("MODEL_PACKAGE_VERSION"))
    if not group or not (version is None or str(version).isdecimal()):
        raise ValueError(f"the event needs model_package_group_name, and may have model_package_version; it is {event}")
    try:
        arn = _newest_arn(client, group) if version is None else _pinned_arn(client, group, int(version))
    except NoApprovedModel:
        if "or_else" not in event:
            raise
        return {"ModelPackageVersion": 0, **event["or_else"]}
    return outputs(client.describe_model_package(ModelPackageName=arn))


def outputs(package: dict[str, Any]) -> dict[str, Any]:
    """Return what scoring needs from a version.

    Raises:
        IncompleteModel: something is missing; the message says what.
    """
    properties = package.get("CustomerMetadataProperties") or {}
    results = {name: properties.get(name) for name in model_package.SCORING_PROPERTIES}
    for prefix, check_type in BASELINES.items():
        baseline = lifecycle.registered_baseline(check_type, package)
        results |= {f"{prefix}{name.capitalize()}": uri for name, uri in baseline._asdict().items()}
    if missing := sorted(name for name, value in results.items() if not value):
        raise IncompleteModel(
            f"{package['ModelPackageArn']} is approved, but has no {', '.join(missing)}: it was registered without "
            "featurizer or checks. Register one with this project's training pipeline, and approve it"
        )
    container = (package.get("InferenceSpecification") or {}).get("Containers", [{}])[0]
    data = container.get("ModelDataUrl")
    own = {"ModelPackageArn": package["ModelPackageArn"], "ModelPackageVersion": package["ModelPackageVersion"]}
    optional = {"ModelDataUrl": data, "TestDataUri": properties.get("TestDataUri")}
    return own | {name: value for name, value in optional.items() if value} | results


def _newest_arn(client: Any, group: str) -> str:
    """Return the ARN of the newest approved version."""
    version = next(_versions(client, group, ModelApprovalStatus=APPROVED), None)
    if version is None:
        raise NoApprovedModel(
            f"model package group {group!r} has no approved version; it has {_list_versions(client, group)}. "
            f"Approve one: pipelines approve {group.rpartition('/')[2]}"
        )
    return str(version["ModelPackageArn"])


def _pinned_arn(client: Any, group: str, version: int) -> str:
    package = next((listed for listed in _versions(client, group) if listed["ModelPackageVersion"] == version), None)
    if package is None or package["ModelApprovalStatus"] != APPROVED:
        status = f"is {package['ModelApprovalStatus']}" if package else "is not there"
        raise NoApprovedModel(
            f"version {version} of model package group {group!r}, to which the pipeline is pinned, {status}; it has "
            f"{_list_versions(client, group)}. Approve it, or pin another"
        )
    return str(package["ModelPackageArn"])


def _list_versions(client: Any, group: str) -> str:
    versions = [f"{v['ModelPackageVersion']} ({v['ModelApprovalStatus']})" for v in _versions(client, group)]
    more = f" and {len(versions) - LISTED_VERSIONS} more" if len(versions) > LISTED_VERSIONS else ""
    return f"{', '.join(versions[:LISTED_VERSIONS])}{more}" if versions else "no versions"


def _versions(client: Any, group: str, **status: str) -> Iterator[dict[str, Any]]:
    """Yield a group's versions, newest first, page by page: a page may be empty although another one follows."""
    pages = client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending", **status
    )
    try:
        for page in pages:
            yield from page["ModelPackageSummaryList"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise NoApprovedModel(f"there is no model package group {group!r}; run the training pipeline first") from None
