"""Lambda function: the approved model of a model package group, and what scoring needs of it.

Event:
    model_package_group_name      name or ARN of the group
    model_package_version         a version to pin; left out for that of MODEL_PACKAGE_VERSION, by which a deployment
                                  pins one for whoever asks, or else for the newest that is approved
    or_else                       what to give back, beside ModelPackageVersion 0, where none is approved yet

It gives back ModelPackageArn, ModelPackageVersion, ModelDataUrl, ProblemType, FeaturizerUri, TestDataUri where the
version has it, and the URIs of the baselines that it carries: DataQualityStatistics, DataQualityConstraints,
ModelQualityStatistics, ModelQualityConstraints.
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
#: Prefix of an output -> the family of baselines that it is of.
BASELINES = {"DataQuality": "DATA_QUALITY", "ModelQuality": "MODEL_QUALITY"}
SHOWN = 10  # versions in an error's message


class NoApprovedModel(Exception):
    """Raised when there is nothing to score with; the message says what to do."""


class IncompleteModel(Exception):
    """Raised when an approved version lacks what scoring needs."""


def lambda_handler(event: dict[str, Any], context: Any, client: Any = None) -> dict[str, Any]:
    """Look it up; what is given back is flat, as a Lambda step wants it."""
    client = client or boto3.client("sagemaker")
    group = event.get("model_package_group_name")
    version = event.get("model_package_version", os.environ.get("MODEL_PACKAGE_VERSION"))
    if not group or not (version is None or str(version).isdecimal()):
        raise ValueError(f"the event needs model_package_group_name, and may have model_package_version; it is {event}")
    try:
        arn = _newest(client, group) if version is None else _pinned(client, group, int(version))
    except NoApprovedModel:
        if "or_else" not in event:
            raise
        return {"ModelPackageVersion": 0, **event["or_else"]}
    return outputs(client.describe_model_package(ModelPackageName=arn))


def outputs(package: dict[str, Any]) -> dict[str, Any]:
    """What scoring needs of a version.

    Raises:
        IncompleteModel: it lacks some of it, and what.
    """
    carried = package.get("CustomerMetadataProperties") or {}
    found = {name: carried.get(name) for name in model_package.SCORING}
    for prefix, family in BASELINES.items():
        baseline = lifecycle.registered_baseline(family, package)
        found |= {f"{prefix}{name.capitalize()}": uri for name, uri in baseline._asdict().items()}
    if missing := sorted(name for name, value in found.items() if not value):
        raise IncompleteModel(
            f"{package['ModelPackageArn']} is approved, but carries no {', '.join(missing)}: it was registered without "
            "featurizer or checks. Register a version with this project's training pipeline, and approve that"
        )
    container = (package.get("InferenceSpecification") or {}).get("Containers", [{}])[0]
    data = container.get("ModelDataUrl")
    own = {"ModelPackageArn": package["ModelPackageArn"], "ModelPackageVersion": package["ModelPackageVersion"]}
    more = {"ModelDataUrl": data, "TestDataUri": carried.get("TestDataUri")}
    return own | {name: value for name, value in more.items() if value} | found


def _newest(client: Any, group: str) -> str:
    """ARN of the newest version that is approved."""
    found = next(_versions(client, group, ModelApprovalStatus=APPROVED), None)
    if found is None:
        raise NoApprovedModel(
            f"model package group {group!r} has no approved version; it has {_listed(client, group)}. Approve one: "
            f"pipelines approve {group.rpartition('/')[2]}"
        )
    return str(found["ModelPackageArn"])


def _pinned(client: Any, group: str, version: int) -> str:
    found = next((one for one in _versions(client, group) if one["ModelPackageVersion"] == version), None)
    if found is None or found["ModelApprovalStatus"] != APPROVED:
        status = f"is {found['ModelApprovalStatus']}" if found else "is not there"
        raise NoApprovedModel(
            f"version {version} of model package group {group!r}, to which the pipeline is pinned, {status}; it has "
            f"{_listed(client, group)}. Approve it, or pin another"
        )
    return str(found["ModelPackageArn"])


def _listed(client: Any, group: str) -> str:
    found = [f"{one['ModelPackageVersion']} ({one['ModelApprovalStatus']})" for one in _versions(client, group)]
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{', '.join(found[:SHOWN])}{more}" if found else "no version at all"


def _versions(client: Any, group: str, **status: str) -> Iterator[dict[str, Any]]:
    """Those of a group, the newest first, page by page: a page may be empty, and another one follow."""
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
